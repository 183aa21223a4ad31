// Offers a passkey in the browser's own list of ways to sign in, as soon as an address is typed.
const form = document.querySelector("form[data-passkey-steps]");
const address = form.elements.email;
// Asked at once, but not waited for: an address may be typed meanwhile.
const available = globalThis.PublicKeyCredential?.isConditionalMediationAvailable?.();
let waiting = new AbortController();

async function begin(signal) {
  const body = new URLSearchParams(new FormData(form));
  body.delete("password");
  const response = await fetch(form.dataset.passkeySteps, { method: "POST", body, signal });
  return response.ok ? response.json() : null;
}

function answer(step, credential) {
  const fields = { ...step, credential: JSON.stringify(credential.toJSON()) };
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  form.elements.password.disabled = true;
  form.action = form.dataset.challenge;
  form.submit();
}

async function offer() {
  waiting.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  if (!(await available)) return;
  try {
    const step = address.validity.valid && (await begin(signal));
    if (!step) return;
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(step.options);
    delete step.options;
    answer(step, await navigator.credentials.get({ publicKey, mediation: "conditional", signal }));
  } catch {
    // Not chosen, or another address is typed: the form stays as it is.
  }
}

address.addEventListener("change", offer);
form.addEventListener("submit", () => waiting.abort());
// A page that the browser kept still has what was sent.
addEventListener("pageshow", (event) => event.persisted && location.reload());
