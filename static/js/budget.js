// Shows sums while amounts are typed; the server computes them again and alone decides.
// [data-budget] holds fields [data-budget-amount="group"], sums [data-budget-total="group"]
// (no group: everything) and, with data-budget-limit, notes [data-budget-over] shown above it.
(() => {
  const HALF = (text) => text.normalize("NFKC").replace(/[,\s¥円]/g, "");

  function yen(field) {
    const digits = HALF(field.value);
    return /^\d+$/.test(digits) ? Number(digits) : 0;
  }

  function sum(budget, group) {
    const chosen = group ? `[data-budget-amount="${group}"]` : "[data-budget-amount]";
    return [...budget.querySelectorAll(chosen)].reduce((total, field) => total + yen(field), 0);
  }

  function show(budget) {
    for (const total of budget.querySelectorAll("[data-budget-total]")) {
      total.textContent = sum(budget, total.dataset.budgetTotal).toLocaleString("ja-JP");
    }
    const limit = Number(budget.dataset.budgetLimit || Infinity);
    for (const note of budget.querySelectorAll("[data-budget-over]")) {
      note.hidden = sum(budget, "") <= limit;
    }
  }

  for (const budget of document.querySelectorAll("[data-budget]")) {
    budget.addEventListener("input", () => show(budget));
    show(budget);
  }
})();
