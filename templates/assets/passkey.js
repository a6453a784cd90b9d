/* Leave a Reply, admin: passkeys. A form with `data-passkey` is shown where the browser knows passkeys, and sent with
   what the device answers. Bytes are base64url on both ways. */
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  /* The same options with bytes where the browser wants them. */
  function asked(options) {
    const known = (list) => list?.map((each) => ({ ...each, id: toBytes(each.id) }));
    const more = options.user ? { user: { ...options.user, id: toBytes(options.user.id) } } : {};
    return {
      ...options,
      ...more,
      challenge: toBytes(options.challenge),
      excludeCredentials: known(options.excludeCredentials),
      allowCredentials: known(options.allowCredentials),
    };
  }

  function answered(credential) {
    const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
    const response = {};
    for (const part of parts) if (credential.response[part]) response[part] = toText(credential.response[part]);
    const { id, type, rawId } = credential;
    return JSON.stringify({ id, type, rawId: toText(rawId), response, clientExtensionResults: {} });
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const failed = form.querySelector("[data-failed]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      failed.textContent = "";
      try {
        const publicKey = asked(JSON.parse(form.dataset.options));
        form.elements.credential.value = answered(await navigator.credentials[form.dataset.passkey]({ publicKey }));
        form.requestSubmit(event.submitter);
      } catch {
        failed.textContent = failed.dataset.failed;
      }
    });
  }
})();
