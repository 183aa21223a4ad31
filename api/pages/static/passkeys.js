// Asks the browser for a passkey, and sends what it answers with the page's own form. It makes no requests.
const form = document.querySelector("form[data-passkey]");
form.querySelector("[data-no-script]").hidden = true;
const button = form.querySelector("button");
const failed = form.querySelector("[data-failed]");

async function ask() {
  const options = JSON.parse(form.dataset.options);
  if (form.dataset.passkey === "create") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

async function run() {
  failed.hidden = true;
  // A second request would end the first.
  button.disabled = true;
  try {
    form.elements.credential.value = JSON.stringify((await ask()).toJSON());
    form.submit();
  } catch {
    // The person has closed the browser's dialog, has no passkey here, or the browser knows none.
    failed.hidden = false;
    button.disabled = false;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
run();
// A page that the browser kept still has what was sent.
addEventListener("pageshow", (event) => event.persisted && location.reload());
