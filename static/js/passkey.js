// Passkeys: runs the browser's ceremony for form[data-passkey] and posts its answer.
// data-passkey: login (options are fetched), get or create (options in data-options).
(() => {
  async function credentialFor(form) {
    if (form.dataset.passkey === "login") {
      const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`passkey options: ${answer.status}`);
      return window.webauthnJSON.get((await answer.json()).request_options);
    }
    const options = JSON.parse(form.dataset.options);
    if (form.dataset.passkey === "get") return window.webauthnJSON.get(options);
    const alone = form.elements.passwordless;
    if (alone) {
      const selection = options.publicKey.authenticatorSelection;
      selection.residentKey = alone.checked ? "required" : "discouraged";
      selection.requireResidentKey = alone.checked;
      if (alone.checked) selection.userVerification = "required";
    }
    return window.webauthnJSON.create(options);
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const note = form.querySelector("[data-passkey-error]");
      if (note) note.hidden = true;
      try {
        form.elements.credential.value = JSON.stringify(await credentialFor(form));
        form.submit();
      } catch {
        if (note) note.hidden = false;
      }
    });
  }
})();
