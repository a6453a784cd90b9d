/* Leave a Reply: what a reader does in a thread. embed.js loads this when somebody comes near the form with a pointer or the
   keyboard, or has left a draft or a name here before. */
const PATIENCE = 20000; // milliseconds that a comment waits for the browser's work
const STALE = 864e5 - 6e4; // milliseconds after which a question is too old: a day, less a minute

let solving;
const solver = (base) => solving ||= import(base + '/work.js').then(() => window.leaveAReplyWork);

export default function form({ root, area, page, base, fit, parse, make, one, stored, mark, framed, named, draft, keep, questions, IDENTITY, REMEMBERED, OWN, JSON_ANSWER }) {
  const fitted = (html) => fit(parse(html));
  const shown = (id) => root.getRootNode().getElementById('comment-' + id);
  let respond = one(root, '.comment-respond');

  /* The other parts of a long thread, in place: older and newer ones, more replies, and the one with a comment that the
     address names. Where that fails, links lead to our own page. */
  async function part(query, options) {
    const asked = new URLSearchParams({ page, lang: root.lang, jsonld: 'no', frame: framed() ? 1 : '' });
    const reply = await fetch(`${base}/comments?${asked}&${query}`, options);
    if (!reply.ok) throw new Error(reply.status);
    return reply.status === 204 ? null : fitted(await reply.text());
  }

  async function more(link) {
    const fresh = await part(link.dataset.part);
    const place = link.parentNode;
    const kind = '.' + place.className.split(' ').pop();
    if (kind === '.comments-jump') return one(turn(fresh), '[data-part]').focus();
    const here = kind === '.more-replies' ? [place.parentNode, '.children'] : [area, '.comment-list'];
    const list = one(here[0], ':scope > ' + here[1]);
    const items = [...one(fresh, here[1]).children];
    for (const { id } of items) {
      const old = root.getRootNode().getElementById(id); // a link led to it before
      if (old) old.remove();
    }
    if (kind === '.nav-above') list.prepend(...items);
    else list.append(...items);
    const next = one(fresh, kind);
    if (next) place.replaceWith(next);
    else place.remove();
    const body = one(items[0], '.comment-body');
    body.tabIndex = -1;
    body.focus();
  }

  /* The comments in the other order. The form stays where it was, and so do comments that only their author sees. */
  function turn(fresh) {
    const list = [...area.querySelectorAll('.comment')];
    const parentOf = (comment) => (comment.parentElement.closest('.comment') || { id: 'comment-0' }).id.slice(8);
    const waiting = list.filter((comment) => one(comment, ':scope > .comment-body .comment-awaiting-moderation') && !one(fresh, '#' + comment.id))
      .map((comment) => [comment, Number(parentOf(comment))]);
    const answered = respond && area.contains(respond) && respond.closest('.comment').id.slice(8);
    if (answered) answer(null);
    const jump = one(area, '.comments-jump a:not([data-part])');
    area.replaceChildren(...fresh.childNodes);
    for (const [comment, parent] of waiting) insert(comment, parent);
    const comment = answered && shown(answered);
    if (comment) answer(comment);
    const links = one(area, '.comments-jump');
    if (jump && links) links.prepend(jump);
    return links;
  }

  /* A build has stored the thread, and says in which version: if there is another by now, that takes its place. */
  async function renew() {
    const { known } = root.dataset;
    const fresh = known && await part(`${known}&comment=${named() || 0}`, { cache: 'no-cache' }); // a comment that was just posted is in it
    if (!fresh) return;
    turn(fresh);
    const comment = named() && shown(named());
    if (comment) mark(root, comment);
  }

  async function seek(id) {
    await renewed;
    if (shown(id)) return shown(id);
    const list = one(area, '.comment-list');
    const fresh = await part(`comment=${id}&order=${list ? list.dataset.order : ''}`);
    const comment = one(fresh, '#comment-' + id);
    if (!comment) return null;
    area.replaceChildren(...fresh.childNodes);
    comment.scrollIntoView();
    return comment;
  }

  let reporting;
  const report = () => reporting ||= import(base + '/report.js')
    .then((module) => module.default({ root, parse: fitted, solver: () => solver(base) }));
  const follow = (link) => (link.matches('[data-part]') ? more(link) : report().then((open) => open(link))).catch(() => location.assign(link.href));
  const renewed = renew().catch(() => {}); // what was stored stays
  if (!respond) return { click: follow, seek }; // closed

  let home = one(root, '.respond-home');
  if (!home) {
    home = make('div', { className: 'respond-home' });
    respond.before(home);
  }
  let live = one(root, '.lar-status');
  if (!live) live = root.appendChild(make('p', { className: 'lar-status screen-reader-text' }));
  live.setAttribute('role', 'status');

  const field = (name) => one(respond, `[name="${name}"]`);
  const consent = () => field('wp-comment-cookies-consent');
  const say = (text, visible) => {
    live.textContent = text || '';
    live.classList.toggle('screen-reader-text', !visible);
  };
  const read = (key, kind) => {
    try {
      const value = JSON.parse(stored(key, undefined, kind));
      return value && typeof value === 'object' ? value : {};
    } catch {
      return {}; // not ours
    }
  };

  function fill(name, value) {
    const input = field(name);
    if (input && !input.value && value) input.value = value;
  }

  function prepare() {
    const known = read(REMEMBERED);
    const typed = read(draft, 'sessionStorage');
    for (const name of IDENTITY) fill(name, typed[name]);
    if (known.email && consent()) {
      consent().checked = true;
      for (const name of IDENTITY) fill(name, known[name]);
    }
    const { text = stored(draft), parent } = read(draft);
    if (!text || field('comment').value) return;
    fill('comment', text);
    const comment = parent > 0 && field('comment_parent').value === '0' && shown(parent);
    if (comment && one(comment, ':scope > .comment-body .comment-reply-link')) answer(comment);
  }

  function swap(html) {
    const fresh = fitted(html);
    respond.replaceWith(fresh);
    respond = fresh;
    questions.asked = Date.now();
  }

  /* Moves the form under a comment, or home again when there is none. */
  function answer(comment) {
    const id = comment ? comment.id.slice(8) : 0;
    if (comment) one(comment, '.comment-body').after(respond);
    else home.append(respond);
    field('comment_parent').value = id;
    one(respond, '.cancel-reply').hidden = !id;
    const title = one(respond, '.reply-title-text');
    if (!id) return void (title.textContent = respond.dataset.title);
    const [before, after] = respond.dataset.titleTo.split('%s');
    const name = make('a', { target: '_self' });
    name.setAttribute('href', '#' + comment.id);
    name.append(make('bdi', { textContent: one(comment, '.fn').textContent }));
    title.replaceChildren(before, name, after);
    fit(title);
  }

  /* Puts something above the button, in place of what stood there before. */
  function put(note) {
    const old = one(respond, '.form-failure, .form-preview');
    if (old) old.remove();
    if (note) one(respond, '.form-submit').before(note);
  }

  /* Says that something did not work. */
  function fail(text) {
    const note = text && make('p', { className: 'form-failure', textContent: text });
    if (note) note.setAttribute('role', 'alert');
    put(note);
  }

  /* Comments of this browser's own, that it may still change: few readers have any, so the rest is in another file. */
  function own(fresh, keeps) {
    if (fresh || (stored(OWN) || '').includes(JSON.stringify(page))) {
      import(root.dataset.own).then((module) => module.default({ root, area, page, stored, insert, parse: fitted, say, fresh, keep: keeps }), () => {});
    }
  }

  async function another() {
    if (!await questions.ask()) return void fail(respond.dataset.noQuestion);
    fail();
    field('captcha').focus();
  }

  /* A question may come with work for the browser. Without it the comment is held, so nothing here may fail loudly. */
  let working = {};
  function work() {
    const place = field('altcha');
    const task = place && !place.value && place.dataset.work;
    if (!task || working.task === task) return working.done;
    working = { task };
    working.done = solver(base).then((solve) => solve(task)).then((found) => {
      if (field('altcha').dataset.work === task) field('altcha').value = found;
    }).catch((error) => console.warn('leave-a-reply: ' + error.message));
    return working.done;
  }

  const isBusy = () => one(respond, '.comment-form').getAttribute('aria-busy');
  const isStale = () => Date.now() - questions.asked > STALE && !isBusy();
  const attend = () => (questions.isMissing() || isStale() ? questions.ask().then(work) : work());

  /* The form while it is sent: it says so, and cannot be sent twice. */
  function busy(sent, on) {
    if (on) sent.setAttribute('aria-busy', 'true');
    else sent.removeAttribute('aria-busy');
    for (const submit of sent.querySelectorAll('[type=submit]')) submit.disabled = on;
    const button = one(sent, '.submit');
    if (!button) return;
    if (on) button.dataset.idle = button.value;
    button.value = on && respond.dataset.posting ? respond.dataset.posting : button.dataset.idle;
  }

  async function send(sent, button) {
    if (sent.getAttribute('aria-busy')) return;
    keep();
    fail();
    busy(sent, true);
    // Who asks for a human needs no work, and who has a slow device is not kept for ever: that comment is held.
    if (!button || button.name !== 'review') await Promise.race([work(), new Promise((done) => setTimeout(done, PATIENCE))]);
    const data = new URLSearchParams(new FormData(sent));
    if (button && button.name) data.set(button.name, button === one(sent, '.submit') ? button.dataset.idle : button.value);
    const host = root.closest('leave-a-reply');
    if (host) data.set('title', host.getAttribute('title') || document.title); // routers change it after the address
    const { proof } = read(REMEMBERED); // that this browser has posted here before
    if (proof && consent() && consent().checked) data.set('proof', proof);
    let status, result;
    try {
      const reply = await fetch((button && button.getAttribute('formaction')) || sent.getAttribute('action'), { method: 'POST', headers: { ...JSON_ANSWER, 'Accept-Language': root.lang }, body: data });
      status = reply.status;
      result = await reply.json();
    } catch { /* no connection, or an answer that is no JSON: said below */ }
    busy(sent, false);
    if (status === 201 && result) return posted(result);
    if (result && result.preview) {
      put(fitted(result.preview));
      return void one(respond, '.form-preview').focus();
    }
    if (result && result.form) {
      swap(result.form);
      (one(respond, '[aria-invalid=true]') || one(respond, '.form-errors') || field('captcha') || respond).focus();
      return;
    }
    fail((result && result.error) || respond.dataset.failed);
    if (document.activeElement === document.body) one(respond, '.submit').focus(); // a disabled button loses the focus
  }

  function posted(result) {
    const remember = consent() && consent().checked;
    const who = keep();
    const known = read(REMEMBERED);
    who.proof = result.proof || (known.email === who.email ? known.proof : undefined);
    stored(REMEMBERED, remember ? JSON.stringify(who) : '');
    stored(draft, '');
    stored(draft, '', 'sessionStorage');
    answer(null);
    if (result.form) swap(result.form);
    else field('comment').value = '';
    prepare();
    const comment = result.html && insert(fitted(result.html), result.parent);
    const title = one(area, '.comments-title');
    if (title && result.title) title.textContent = result.title;
    say(result.message, !comment);
    if (comment) {
      const body = mark(root, comment);
      body.tabIndex = -1;
      body.focus({ preventScroll: true });
      body.scrollIntoView({ block: 'center' });
    }
    if (result.own) own(result, remember);
    const { id, status, parent } = result;
    root.dispatchEvent(new CustomEvent('leave-a-reply:posted', { bubbles: true, composed: true, detail: { id, status, parent, page } }));
  }

  const depth = (comment) => Number((/\bdepth-(\d+)/.exec(comment.className) || [0, 1])[1]);

  function insert(comment, parent) {
    const before = root.getRootNode().getElementById(comment.id);
    if (before) { // the same post, sent twice
      one(before, '.comment-body').replaceWith(one(comment, '.comment-body'));
      return before;
    }
    // At the deepest level a reply stands beside the comment it answers, not inside it.
    let above = parent && shown(parent);
    while (above && depth(above) >= depth(comment)) above = above.parentElement.closest('.comment');
    let list = above ? one(above, ':scope > .children') : one(area, '.comment-list');
    if (!list) {
      list = make('ol', { className: above ? 'children' : 'comment-list' });
      (above || area).append(list);
      const empty = one(area, '.no-comments-yet');
      if (empty) empty.remove();
    }
    if (list.dataset.order === 'new') list.prepend(comment);
    else list.append(comment);
    return comment;
  }

  /* Comments that have come since the page was loaded, of which live.js tells. What is typed stays where it is. */
  async function news(newest) {
    const list = one(area, '.comment-list');
    const order = list ? list.dataset.order : '';
    const fresh = await part(`comment=${newest}&order=${order}`);
    const above = (comment) => comment.parentElement.closest('.comment');
    const isNew = (comment) => comment && !shown(comment.id.slice(8));
    const come = [...fresh.querySelectorAll('.comment')].filter((each) => isNew(each) && !isNew(above(each)));
    if (order === 'new') come.reverse(); // each is put on top
    const { textContent: title, dataset } = one(fresh, '.comments-title');
    const parents = come.map((each) => above(each));
    if (come.length) come.forEach((each, at) => insert(each, parents[at] && parents[at].id.slice(8)));
    else turn(fresh); // they stand in a part that is not on the page
    const heading = one(area, '.comments-title');
    heading.textContent = title;
    heading.dataset.live = dataset.live;
    const first = come[0] || shown(newest);
    if (!first) return;
    const body = mark(root, first);
    for (const each of come) one(each, '.comment-body').classList.add('is-new');
    body.tabIndex = -1;
    body.focus({ preventScroll: true });
    body.scrollIntoView({ block: 'center' });
  }

  function click(target) {
    if (target.matches('[data-part], .report-link')) return void follow(target);
    if (target.name === 'another') return void another();
    const comment = target.closest('.comment');
    if (target.matches('.comment-reply-link')) {
      answer(comment);
      field('comment').focus();
    } else {
      answer(null);
      const back = comment && one(comment, '.comment-reply-link');
      (back || field('comment')).focus();
    }
    keep();
  }

  root.addEventListener('focusin', (event) => {
    if (event.target.closest('.comment-form')) attend();
  });
  const seen = () => {
    if (!root.isConnected) document.removeEventListener('visibilitychange', seen);
    else if (!document.hidden && isStale()) attend();
  };
  document.addEventListener('visibilitychange', seen);
  root.addEventListener('input', ({ target }) => {
    if (!target.form || !target.form.matches('.comment-form')) return;
    if (!target.hasAttribute('aria-invalid')) return;
    target.removeAttribute('aria-invalid'); // it may be right by now; the service says so when it is sent
    const wrong = root.getRootNode().getElementById(target.getAttribute('aria-describedby').split(' ').pop());
    if (wrong) wrong.remove();
  });
  root.addEventListener('change', (event) => {
    if (event.target === consent() && !event.target.checked) [REMEMBERED, OWN].forEach((key) => stored(key, ''));
  });
  prepare();
  if (respond.contains(root.getRootNode().activeElement)) attend();
  if (root.dataset.own) renewed.then(() => own());
  if (root.dataset.live && root.closest('[live]')) import(base + '/live.js').then((module) => module.default({ root, base, page, news, make }), () => {});
  return { click, send, seek };
}
