// Counts down until the mails leave, then shows the page anew.
for (const line of document.querySelectorAll("[data-grace]")) {
  const until = Date.parse(line.dataset.grace);
  const left = document.createElement("strong");
  line.append(" ", left);
  const timer = setInterval(() => {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    left.textContent = `${Math.max(seconds, 0)} ${line.dataset.graceLeft}`;
    if (seconds <= 0) {
      clearInterval(timer);
      left.remove();
    }
  }, 1000);
}
