/* Leave a Reply: a reader's own comments, seen while they wait, edited and deleted for a while. embed.js loads this when
   there are any. What it keeps, if the reader agrees, is a private link for each, for two days. */
const OWN = 'leave-a-reply:own';
const DAYS = 2;
const started = new WeakSet();

export default function own({ root, area, page, stored, insert, parse, say, fresh, keep }) {
  const find = (id) => root.getRootNode().getElementById(`comment-${id}`);
  const body = (id) => find(id)?.querySelector(':scope > .comment-body');
  const read = () => {
    try {
      return JSON.parse(stored(OWN)) || {};
    } catch {
      return {}; // not ours
    }
  };
  const write = (list) => stored(OWN, Object.keys(list).length ? JSON.stringify(list) : '');
  const forget = (id) => {
    const { [id]: _, ...others } = read();
    write(others);
  };

  async function ask(data) {
    try {
      const headers = { Accept: 'application/json' };
      const reply = await fetch(`${root.dataset.base}/own`, { method: 'POST', headers, body: new URLSearchParams(data) });
      return { status: reply.status, ...(await reply.json()) };
    } catch {
      return { error: root.querySelector('.comment-respond')?.dataset.failed || '' };
    }
  }

  function show({ id, parent, html, status }) {
    const now = body(id);
    if (now) now.replaceWith(parse(html).querySelector('.comment-body'));
    else if (status === 'pending') insert(parse(html), parent);
  }

  async function look(id, preview) {
    const result = await ask({ page, preview, lang: root.lang });
    if (result.html) show(result);
    else if (result.status === 404) forget(id);
  }

  function remove({ id, html, title }) {
    forget(id);
    const comment = find(id);
    if (comment.querySelector('.children')) body(id).replaceWith(parse(html).querySelector('.comment-body'));
    else comment.remove();
    const heading = area.querySelector('.comments-title');
    heading.textContent = title;
    heading.tabIndex = -1;
    heading.focus();
    root.dispatchEvent(new CustomEvent('leave-a-reply:deleted', { bubbles: true, composed: true, detail: { id, page } }));
  }

  /* Puts the form in place of the comment's text, or what keeps it from being changed. */
  function put(comment, html) {
    comment.querySelector('.own-form')?.remove();
    const form = parse(html);
    const text = comment.querySelector('.comment-content');
    text.hidden = !!form.querySelector('textarea');
    comment.querySelector('.reply').hidden = true;
    text.after(form);
    const cancel = form.querySelector('.own-cancel');
    cancel.hidden = false;
    cancel.onclick = () => {
      form.remove();
      text.hidden = false;
      comment.querySelector('.reply').hidden = false;
      comment.querySelector('.comment-edit-link').focus();
    };
    (form.querySelector('textarea') || cancel).focus();
  }

  async function open(link) {
    const preview = new URL(link.href).searchParams.get('preview');
    const result = await ask({ page, preview, lang: root.lang, action: 'form' });
    const comment = link.closest('.comment-body');
    if (result.form) put(comment, result.form);
    else say(result.error, true);
  }

  async function send(form, button) {
    if (form.getAttribute('aria-busy')) return;
    if (button.value === 'delete' && !window.confirm(button.textContent + '?')) return;
    form.setAttribute('aria-busy', 'true');
    const data = new URLSearchParams(new FormData(form));
    data.append(button.name, button.value);
    const result = await ask(data);
    form.removeAttribute('aria-busy');
    say(result.message || result.error, result.deleted || (!result.form && !result.html));
    if (result.deleted) return remove(result);
    if (result.html) {
      show(result);
      const changed = body(result.id);
      changed.tabIndex = -1;
      changed.focus();
    } else if (result.form) put(form.closest('.comment-body'), result.form);
  }

  if (fresh && keep) write({ ...read(), [fresh.id]: { page, preview: fresh.own, until: Date.now() + DAYS * 864e5 } });
  if (started.has(root)) return;
  started.add(root);
  root.addEventListener('click', (event) => {
    const link = event.target.closest('.comment-edit-link');
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link);
  });
  root.addEventListener('submit', (event) => {
    if (!event.target.matches('.own-form')) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  for (const [id, kept] of Object.entries(read())) {
    if (kept.until < Date.now()) forget(id);
    else if (kept.page === page && String(fresh?.id) !== id) look(id, kept.preview);
  }
}
