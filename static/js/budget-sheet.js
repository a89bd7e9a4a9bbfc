// The budget's sheet: one more line at a press, sums and the rules' verdict as one types.
// The verdict is the server's own (the one function that judges the submission too).
(() => {
  const form = document.querySelector("form[data-sheet]");
  if (!form) return;
  const lines = form.querySelector("[data-lines]");
  const total = form.elements["lines-TOTAL_FORMS"];
  const blank = form.querySelector("[data-empty-line]");
  const judged = form.querySelector("[data-judged]");
  const add = form.querySelector("[data-add-line]");
  let timer = 0, asked = 0;

  function addLine() {
    const index = Number(total.value);
    const made = document.createElement("template");
    made.innerHTML = blank.innerHTML.replaceAll("__prefix__", index).replaceAll("__number__", index + 1);
    const line = made.content.firstElementChild;
    lines.append(line);
    total.value = index + 1;
    return line;
  }

  async function judge() {
    const mine = ++asked;
    let answer;
    try {
      answer = await fetch(form.dataset.sheet, {
        method: "POST", body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "error",
      });
    } catch { return; }  // the sums stay as they were; saving computes them again
    if (!answer.ok || mine !== asked) return;
    judged.innerHTML = (await answer.json()).html;
  }

  add.hidden = false;
  add.querySelector("button").addEventListener("click", () => {
    addLine().querySelector("select, input:not([type=hidden])")?.focus();
  });
  form.addEventListener("lines-needed", (event) => {
    const wanted = new Map(event.detail).get("lines-TOTAL_FORMS");
    while (Number(total.value) < Number(wanted || 0)) addLine();
  });
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(judge, 400); });
})();
