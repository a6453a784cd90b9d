/* Leave a Reply: a reader reports a comment in place. form.js loads this when somebody presses the link, which leads to
   a page with the same form where this cannot be done. */
const PATIENCE = 20000; // milliseconds that a report waits for the browser's work

export default function report({ root, parse, solver }) {
  async function ask(address, options) {
    const reply = await fetch(address, { ...options, headers: { Accept: 'application/json', 'Accept-Language': root.lang } });
    return { status: reply.status, ...(await reply.json()) };
  }

  function close(form, link) {
    form.remove();
    link.focus();
  }

  /* Puts the form below the comment, or in its place what was said instead of it. */
  function put({ form, message }, link, before) {
    const fresh = parse(form || '<p class="form-notice report-said" role="status" tabindex="-1"></p>');
    if (!form) fresh.textContent = message;
    if (before) before.replaceWith(fresh);
    else link.closest('.comment-body').append(fresh);
    const cancel = fresh.querySelector('.report-cancel');
    if (cancel) {
      cancel.hidden = false;
      cancel.onclick = () => close(fresh, link);
      fresh.onsubmit = (event) => send(event, fresh, link);
      fresh.onkeydown = (event) => event.key === 'Escape' && close(fresh, link);
    }
    (fresh.querySelector('[aria-invalid=true]') || fresh.querySelector('select') || fresh).focus();
  }

  async function work(form) {
    const place = form.querySelector('[name=altcha]');
    if (!place || !place.dataset.work) return;
    const solved = solver().then((solve) => solve(place.dataset.work)).then((found) => { place.value = found; }, () => {});
    await Promise.race([solved, new Promise((done) => setTimeout(done, PATIENCE))]);
  }

  async function send(event, form, link) {
    event.preventDefault();
    if (form.getAttribute('aria-busy')) return;
    form.setAttribute('aria-busy', 'true');
    const another = event.submitter && event.submitter.name;
    if (!another) await work(form);
    const data = new URLSearchParams(new FormData(form));
    if (another) data.set(another, 1);
    try {
      put(await ask(form.getAttribute('action'), { method: 'POST', body: data }), link, form);
    } catch {
      form.removeAttribute('aria-busy');
      form.onsubmit = null;
      form.requestSubmit(event.submitter); // a plain POST, whose answer is a page of the service
    }
  }

  return async (link) => {
    const open = root.querySelector('.report-form, .report-said');
    if (open) open.remove();
    put(await ask(link.href), link);
  };
}
