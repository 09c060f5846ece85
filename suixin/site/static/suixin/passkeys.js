/* Passkeys: a button asks the browser for one, its answer goes into the form beside it, and the form is sent.

   [data-passkey]  the button: "create" or "get"; data-options is the JSON of py_webauthn's options_to_json
   The form holds  input[name=credential]; [data-passkey-failed] and [data-passkey-missing] are sentences shown when it fails */

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

async function ask(ceremony, options) {
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  if (ceremony === "create") {
    publicKey.user = { ...options.user, id: bytes(options.user.id) };
    publicKey.excludeCredentials = known(options.excludeCredentials);
    return navigator.credentials.create({ publicKey });
  }
  publicKey.allowCredentials = known(options.allowCredentials);
  return navigator.credentials.get({ publicKey });
}

function told(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const answer = Object.fromEntries(parts.filter((part) => response[part]).map((part) => [part, text(response[part])]));
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response: answer });
}

for (const button of document.querySelectorAll("[data-passkey]")) {
  const form = button.form;
  const show = (what) => { form.querySelector(`[data-passkey-${what}]`).hidden = false; };
  if (!window.PublicKeyCredential) { show("missing"); button.disabled = true; continue; }
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    form.querySelector("[data-passkey-failed]").hidden = true;
    button.disabled = true;
    try {
      form.elements.credential.value = told(await ask(button.dataset.passkey, JSON.parse(button.dataset.options)));
      form.submit();
    } catch {
      show("failed");
      button.disabled = false;
    }
  });
}
