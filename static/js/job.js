// Shows how far a job is; without JavaScript the page loads itself anew.
(() => {
  const page = document.querySelector("[data-job]");
  if (!page?.dataset.job) return;
  const rows = page.querySelector("[data-job-rows]");
  const numbers = /\d[\d,]*/g;

  async function ask() {
    try {
      const job = await (await fetch(page.dataset.job)).json();
      if (job.is_finished) return location.reload();
      page.querySelector("[data-job-state]").textContent = job.state;
      page.querySelector("progress").value = job.percent;
      // The sentence is the server's, in the reader's language: only its numbers change.
      const inOrder = [job.done, job.total];
      rows.textContent = rows.textContent.replace(numbers, () => inOrder.shift().toLocaleString());
    } catch {
      // The next turn asks again.
    }
    setTimeout(ask, 1000);
  }

  setTimeout(ask, 500);
})();
