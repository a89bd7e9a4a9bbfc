// Ctrl-K (⌘K): search from anywhere on the staff's side. Without it the search page does the same.
(() => {
  const form = document.querySelector(".staff-search");
  if (!form || !window.HTMLDialogElement) return;
  const { title, none, placeLabel } = form.dataset;
  let timer;
  let asked = 0;

  const dialog = document.createElement("dialog");
  dialog.className = "palette";
  dialog.setAttribute("aria-label", title);
  const label = document.createElement("label");
  label.htmlFor = "palette-q";
  label.textContent = placeLabel;
  const input = document.createElement("input");
  input.type = "search";
  input.id = "palette-q";
  input.autocomplete = "off";
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  const list = document.createElement("ul");
  dialog.append(label, input, status, list);
  document.body.append(dialog);

  function show(hits) {
    status.textContent = hits.length ? "" : none;
    list.replaceChildren(
      ...hits.map((hit) => {
        const item = document.createElement("li");
        const link = document.createElement("a");
        link.href = hit.url;
        link.textContent = `${hit.kind}: ${hit.text}`;
        item.append(link);
        return item;
      }),
    );
  }

  async function search() {
    const turn = ++asked;
    const text = input.value.trim();
    if (!text) return list.replaceChildren(), (status.textContent = "");
    try {
      const answer = await fetch(`${form.action}?format=json&q=${encodeURIComponent(text)}`);
      const { hits } = await answer.json();
      if (turn === asked) show(hits);
    } catch {
      location.assign(`${form.action}?q=${encodeURIComponent(text)}`);
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 150);
  });

  dialog.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown") links[Math.min(at + 1, links.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (links[at - 1] ?? input).focus();
    else if (event.key === "Enter" && document.activeElement === input) links[0]?.click();
    else return;
    event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (!dialog.open) dialog.showModal();
    input.select();
  });
})();
