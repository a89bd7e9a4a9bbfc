// After a refused form the reader starts at the list of errors, not at the top of the page.
document.querySelector("[data-error-summary]")?.focus();
