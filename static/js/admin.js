// Names for the controls that the stock admin leaves without one (stack.md §E).
(() => {
  const UNNAMED = "input:not([type=hidden]):not([type=submit]), select, textarea";
  const text = (element) => element?.textContent.replace(/[:：]\s*$/, "").trim() ?? "";

  function named(control) {
    return control.labels?.length || control.ariaLabel || control.hasAttribute("aria-labelledby");
  }

  // A cell is named by its column, in inlines and lists alike.
  function columnName(control) {
    const cell = control.closest("td");
    return text(cell?.closest("table")?.tHead?.rows[0]?.cells[cell.cellIndex]);
  }

  // Date and time boxes stand behind a bare word, below the name of the whole field.
  function boxName(control) {
    const word = text(control.previousSibling);
    const field = control.closest(".form-row, .fieldBox")?.querySelector("label, legend");
    return [text(field), word].filter(Boolean).join(" ");
  }

  function nameAll() {
    for (const control of document.querySelectorAll(UNNAMED)) {
      if (named(control)) continue;
      const name = columnName(control) || boxName(control);
      if (name) control.setAttribute("aria-label", name);
    }
    for (const box of document.querySelectorAll(".select2-selection[role=combobox]")) {
      const select = box.closest(".select2-container")?.previousElementSibling;
      const name = text(select?.labels?.[0]) || columnName(box);
      if (!name) continue;
      box.setAttribute("aria-label", name);
      box.querySelector("[role=textbox]")?.setAttribute("aria-label", name);
    }
    for (const icon of document.querySelectorAll("span.help-tooltip[aria-label]")) {
      icon.setAttribute("role", "img");
    }
  }

  // What scrolls sideways on a narrow screen must be reachable by the keyboard.
  const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea";
  function reachAll() {
    for (const region of document.querySelectorAll(".inline-group, .results")) {
      const found = [...region.querySelectorAll(FOCUSABLE)];
      if (!found.some((control) => control.checkVisibility())) region.tabIndex = 0;
    }
  }

  window.addEventListener("load", () => setTimeout(() => (nameAll(), reachAll())));
  document.addEventListener("formset:added", nameAll);
})();
