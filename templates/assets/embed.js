/* Leave a Reply: fills <leave-a-reply> and makes every .leave-a-reply on the page smoother.
   Without it the comments and the form still work; every step falls back to a link or a plain POST. */
(() => {
  'use strict';
  if (!window.customElements || customElements.get('leave-a-reply')) return;

  const script = document.currentScript;
  const BASE = script ? script.dataset.base || script.src.replace(/(\/(assets|static))?\/(embed|enhance)[^/]*$/, '') : '';
  const [STYLES, DIGEST] = ['styles', 'digest']; // the service puts its own there, but not for pages that link them
  const REMEMBERED = 'leave-a-reply';
  const OWN = 'leave-a-reply:own';
  const PATIENCE = 20000; // milliseconds that a comment waits for the browser's work
  const IDENTITY = ['author', 'email', 'url'];
  const one = (node, selector) => node.querySelector(selector);
  const parse = (html) => Object.assign(document.createElement('template'), { innerHTML: html }).content.firstElementChild;
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const json = { Accept: 'application/json' };
  // All else is said by the service; this is said when it does not answer.
  const NOTHING = {
    ar: 'تعذّر عرض التعليقات الآن.',
    ckb: 'ئێستا ناتوانرێت لێدوانەکان پیشان بدرێن.',
    de: 'Die Kommentare können gerade nicht angezeigt werden.',
    es: 'Los comentarios no se pueden mostrar ahora mismo.',
    fr: 'Les commentaires ne peuvent pas être affichés pour l’instant.',
    ku: 'Şîrove niha nikarin bên nîşandan.',
    ru: 'Сейчас не удаётся показать комментарии.',
    tr: 'Yorumlar şu anda gösterilemiyor.',
    zh: '暂时无法显示评论。',
  };

  // Storage may be switched off, or full: nothing here may stop a comment from being posted.
  const stored = (key, value) => {
    try {
      const store = localStorage;
      if (value === undefined) return store.getItem(key);
      if (value) store.setItem(key, value);
      else store.removeItem(key);
    } catch { /* the browser keeps nothing */ }
    return null;
  };

  // A second thread on the same page gets ids of its own; ids of comments are unique already.
  let threads = 0;
  const renameIds = (node, number) => {
    if (number < 2 || !node) return;
    const fresh = (id) => (/^(div-)?comment-\d/.test(id) ? id : id + '-' + number);
    for (const element of [node, ...node.querySelectorAll('*'), ...[...node.querySelectorAll('template')].flatMap((t) => [...t.content.querySelectorAll('*')])]) {
      for (const name of ['id', 'for', 'aria-describedby', 'aria-labelledby']) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.split(' ').map(fresh).join(' '));
      }
      const href = element.getAttribute('href');
      if (href && href[0] === '#') element.setAttribute('href', '#' + fresh(href.slice(1)));
    }
  };

  let solving;
  const solver = (base) => solving ||= new Promise((done, failed) => document.head.append(make('script', {
    src: base + '/work.js', onload: () => done(window.leaveAReplyWork), onerror: () => failed(new Error('work.js was not loaded')),
  })));
  const isPlainClick = (event) => !(event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  const framed = () => window.parent !== window && one(document, '.lar-frame');
  const named = () => (/^#(?:div-)?comment-(\d+)$/.exec(location.hash) || [])[1];

  /* The other parts of a long thread, in place: older and newer ones, more replies, and the one with a comment that the
     address names. Where that fails, links lead to our own page. */
  function parts(root, number) {
    const area = one(root, '.comments-area');
    if (!area) return;
    const ask = async (query) => {
      const asked = new URLSearchParams({ page: root.dataset.page, lang: root.lang, jsonld: 'no', frame: framed() ? 1 : '' });
      const reply = await fetch(`${root.dataset.base || BASE}/comments?${asked}&${query}`);
      if (!reply.ok) throw new Error(reply.status);
      const fresh = parse(await reply.text());
      renameIds(fresh, number);
      return fresh;
    };

    async function more(link) {
      const fresh = await ask(link.dataset.part);
      const place = link.parentNode;
      const kind = '.' + place.className.split(' ').pop();
      const here = kind === '.more-replies' ? [place.parentNode, '.children'] : [area, '.comment-list'];
      const list = one(here[0], ':scope > ' + here[1]);
      const items = [...one(fresh, here[1]).children];
      for (const { id } of items) {
        const old = document.getElementById(id); // a link led to it before
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

    async function seek() {
      const id = named();
      if (!id || document.getElementById('comment-' + id) || one(area, '.comment-respond')) return;
      const list = one(area, '.comment-list');
      const fresh = await ask(`comment=${id}&order=${list ? list.dataset.order : ''}`);
      const comment = one(fresh, '#comment-' + id);
      if (!comment) return;
      area.replaceChildren(...fresh.childNodes);
      one(comment, '.comment-body').classList.add('is-new'); // :target is for what was there before
      comment.scrollIntoView();
    }

    area.addEventListener('click', (event) => {
      const link = event.target.closest('[data-part]');
      if (!link || !isPlainClick(event)) return;
      event.preventDefault();
      more(link).catch(() => location.assign(link.href));
    });
    const look = () => seek().catch(() => {}).then(() => { // what was not found stays out of sight
      const comment = document.getElementById('comment-' + named());
      if (comment && framed()) tell(comment);
    });
    window.addEventListener('hashchange', look);
    look();
  }

  const enhanced = new WeakSet();

  function enhance(root) {
    if (enhanced.has(root)) return;
    enhanced.add(root);
    const number = ++threads;
    const page = root.dataset.page;
    const area = one(root, '.comments-area');
    const draft = 'leave-a-reply:draft:' + page;
    let respond = one(root, '.comment-respond');
    renameIds(area, number);
    if (respond && !(area && area.contains(respond))) renameIds(respond, number);
    parts(root, number);
    if (!respond || !area) return; // closed, or an answer page: plain POSTs serve it

    const home = one(root, '.respond-home') || make('div', { className: 'respond-home' });
    if (!home.parentNode) respond.before(home);
    const live = root.appendChild(make('p', { className: 'lar-status screen-reader-text' }));
    live.setAttribute('role', 'status');
    root.classList.add('is-live');

    const field = (name) => one(respond, `[name="${name}"]`);
    const consent = () => field('wp-comment-cookies-consent');
    const say = (text, visible) => {
      live.textContent = text || '';
      live.classList.toggle('screen-reader-text', !visible);
    };

    const remembered = () => {
      try {
        return JSON.parse(stored(REMEMBERED)) || {};
      } catch {
        return {}; // not ours
      }
    };

    function prepare() {
      const known = remembered();
      if (known.email && consent()) {
        consent().checked = true;
        for (const name of IDENTITY) if (field(name) && !field(name).value) field(name).value = known[name] || '';
      }
      const text = stored(draft);
      if (text && !field('comment').value) field('comment').value = text;
    }

    function swap(html) {
      const fresh = parse(html);
      renameIds(fresh, number);
      respond.replaceWith(fresh);
      respond = fresh;
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
      const name = make('a', { href: '#' + comment.id, target: '_self' });
      name.append(make('bdi', { textContent: one(comment, '.fn').textContent }));
      title.replaceChildren(before, name, after);
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
    function own(fresh, keep) {
      if (fresh || (stored(OWN) || '').includes(JSON.stringify(page))) {
        import(root.dataset.own).then((module) => module.default({ root, area, page, stored, insert, parse, say, fresh, keep }), () => {});
      }
    }

    async function question(focus) {
      const place = one(respond, '.comment-form-captcha');
      if (!place || place.getAttribute('aria-busy')) return;
      place.setAttribute('aria-busy', 'true');
      const url = place.dataset.captcha || (root.dataset.base || BASE) + '/captcha?page=' + encodeURIComponent(page);
      let asked;
      try {
        const before = field('captcha_token'); // the question that this one stands in for: the form is as old as it was
        const query = new URLSearchParams({ lang: root.lang, instead: before ? before.value : '' });
        const reply = await fetch(`${url}&${query}`, { headers: json, cache: 'no-store' });
        asked = reply.ok && (await reply.json());
      } catch { /* said below */ }
      place.removeAttribute('aria-busy');
      if (!place.isConnected) return;
      if (!asked) return void (focus && fail(respond.dataset.noQuestion));
      const waiting = one(place, 'template');
      if (waiting) waiting.replaceWith(waiting.content);
      const typed = one(place, '[name=captcha]');
      one(place, '.captcha-question').textContent = asked.question;
      one(place, '.captcha-spoken').textContent = respond.dataset.spoken.split('%s').join(asked.spoken);
      one(place, '[name=captcha_token]').value = asked.token;
      const work = one(place, '[name=altcha]');
      if (work) Object.assign(work, { value: '' }).dataset.work = asked.work;
      const trap = one(respond, '[name^=subject-]');
      if (trap) trap.name = asked.decoy;
      const wrong = one(place, '.field-error');
      if (wrong) wrong.remove();
      typed.removeAttribute('aria-invalid');
      typed.removeAttribute('aria-describedby');
      if (waiting) return;
      typed.value = '';
      fail();
      if (focus) typed.focus();
    }

    /* A question may come with work for the browser. Without it the comment is held, so nothing here may fail loudly. */
    let working = {};
    function work() {
      const place = field('altcha');
      const asked = place && !place.value && place.dataset.work;
      if (!asked || working.asked === asked) return working.done;
      working = { asked };
      working.done = solver(root.dataset.base || BASE).then((solve) => solve(asked)).then((found) => {
        if (field('altcha').dataset.work === asked) field('altcha').value = found;
      }).catch((error) => console.warn('leave-a-reply: ' + error.message));
      return working.done;
    }

    async function send(form, button) {
      if (form.getAttribute('aria-busy')) return;
      const busy = (on) => {
        if (on) form.setAttribute('aria-busy', 'true');
        else form.removeAttribute('aria-busy');
        for (const submit of form.querySelectorAll('[type=submit]')) submit.disabled = on;
      };
      fail();
      busy(true);
      // Who asks for a human needs no work, and who has a slow device is not kept for ever: that comment is held.
      if (!button || button.name !== 'review') await Promise.race([work(), new Promise((done) => setTimeout(done, PATIENCE))]);
      const data = new URLSearchParams(new FormData(form));
      if (button && button.name) data.append(button.name, button.value);
      const { proof } = remembered(); // that this browser has posted here before
      if (proof && consent() && consent().checked) data.set('proof', proof);
      let status, result;
      try {
        const reply = await fetch((button && button.getAttribute('formaction')) || form.getAttribute('action'), { method: 'POST', headers: { ...json, 'Accept-Language': root.lang }, body: data });
        status = reply.status;
        result = await reply.json();
      } catch { /* no connection, or an answer that is no JSON: said below */ }
      busy(false);
      if (status === 201 && result) return posted(result);
      if (result && result.preview) {
        put(parse(result.preview));
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
      const who = Object.fromEntries(IDENTITY.map((name) => [name, field(name) ? field(name).value : '']));
      const known = remembered();
      who.proof = result.proof || (known.email === who.email ? known.proof : undefined);
      stored(REMEMBERED, remember ? JSON.stringify(who) : '');
      stored(draft, '');
      answer(null);
      if (result.form) swap(result.form);
      else field('comment').value = '';
      prepare();
      const comment = result.html && insert(parse(result.html), result.parent);
      const title = one(area, '.comments-title');
      if (title && result.title) title.textContent = result.title;
      say(result.message, !comment);
      if (comment) {
        const body = one(comment, '.comment-body');
        for (const old of root.querySelectorAll('.is-new')) old.classList.remove('is-new');
        body.classList.add('is-new');
        body.tabIndex = -1;
        body.focus({ preventScroll: true });
        body.scrollIntoView({ block: 'center' });
      }
      if (result.own) own(result, remember);
      const { id, status, parent } = result;
      root.dispatchEvent(new CustomEvent('leave-a-reply:posted', { bubbles: true, detail: { id, status, parent, page } }));
    }

    const depth = (comment) => Number((/\bdepth-(\d+)/.exec(comment.className) || [0, 1])[1]);

    function insert(comment, parent) {
      const shown = document.getElementById(comment.id);
      if (shown) { // the same post, sent twice
        one(shown, '.comment-body').replaceWith(one(comment, '.comment-body'));
        return shown;
      }
      // At the deepest level a reply stands beside the comment it answers, not inside it.
      let above = parent && document.getElementById('comment-' + parent);
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

    root.addEventListener('click', (event) => {
      if (!isPlainClick(event)) return;
      const target = event.target.closest('.comment-reply-link, .cancel-reply, [name=another]');
      if (!target) return;
      event.preventDefault();
      if (target.name === 'another') return void question(true);
      const comment = target.closest('.comment');
      if (target.matches('.comment-reply-link')) {
        answer(comment);
        field('comment').focus();
      } else {
        answer(null);
        const back = comment && one(comment, '.comment-reply-link');
        (back || field('comment')).focus();
      }
    });
    root.addEventListener('submit', (event) => {
      if (event.defaultPrevented || !event.target.matches('.comment-form')) return;
      event.preventDefault();
      send(event.target, event.submitter);
    });
    root.addEventListener('focusin', (event) => {
      if (!event.target.closest('.comment-form')) return;
      if (one(respond, '.comment-form-captcha template')) question(false).then(work);
      else work();
    });
    root.addEventListener('input', ({ target }) => {
      if (!target.form || !target.form.matches('.comment-form')) return;
      if (target.name === 'comment') stored(draft, target.value);
      if (!target.hasAttribute('aria-invalid')) return;
      target.removeAttribute('aria-invalid'); // it may be right by now; the service says so when it is sent
      const wrong = document.getElementById(target.getAttribute('aria-describedby').split(' ').pop());
      if (wrong) wrong.remove();
    });
    root.addEventListener('change', (event) => {
      if (event.target === consent() && !event.target.checked) [REMEMBERED, OWN].forEach((key) => stored(key, ''));
    });
    prepare();
    if (root.dataset.own) own();
  }

  let sheet;

  /* The page's own rules win over ours at equal weight. A policy may forbid <style>, but not a constructed sheet; as that
     stands behind the page's, its rules are a hair lighter (service/web/render/styles.py). Other styles than those that came
     with the script, after an upgrade or for old browsers, are linked. */
  function addStyle(href) {
    const bare = (address) => new URL(address, BASE || location).href.split('?')[0]; // the page may have put it in itself
    if (!href || [...document.querySelectorAll('link[rel~=stylesheet]')].some((link) => bare(link.href) === bare(href))) return null;
    if (document.adoptedStyleSheets && href.endsWith('=' + DIGEST)) {
      if (!sheet) (sheet = new CSSStyleSheet({ baseURL: href })).replaceSync(STYLES);
      if (!document.adoptedStyleSheets.includes(sheet)) document.adoptedStyleSheets = [sheet, ...document.adoptedStyleSheets];
      return null;
    }
    const link = make('link', { rel: 'stylesheet', href });
    return new Promise((done) => {
      link.onload = link.onerror = done;
      document.head.prepend(link);
    });
  }

  class LeaveAReply extends HTMLElement {
    connectedCallback() {
      if (this.started) return;
      this.started = true;
      this.style.display = 'block';
      this.style.minHeight = '100vh'; // what stands below does not move when the comments come
      this.heading = this.getAttribute('title');
      this.removeAttribute('title'); // it would be a tooltip over every comment
      const wanted = /^#(div-)?(comment|respond)/.test(location.hash);
      if (wanted || !window.IntersectionObserver) return void this.load();
      const watch = new IntersectionObserver((seen) => {
        if (!seen.some((entry) => entry.isIntersecting)) return;
        watch.disconnect();
        this.load();
      }, { rootMargin: '800px' });
      watch.observe(this);
    }

    async load() {
      const canonical = one(document, 'link[rel=canonical]');
      const around = this.closest('[lang]');
      const query = new URLSearchParams({ page: this.getAttribute('page') || (canonical && canonical.href) || location.href.split('#')[0] });
      query.set('title', this.heading || document.title);
      if (around && around.lang) query.set('lang', around.lang);
      for (const name of ['order', 'first']) if (this.getAttribute(name)) query.set(name, this.getAttribute(name));
      if (named()) query.set('comment', named());
      query.set('jsonld', 'no'); // search engines read our page; readers need not carry it
      const url = `${this.dataset.base || BASE}/thread?${query}`;
      let reply, text;
      try {
        reply = await fetch(url, { headers: { Accept: 'text/html' } });
        text = await reply.text();
        const root = reply.ok && parse(text);
        if (!root || !root.matches('.leave-a-reply')) throw new Error(reason(text) || `answer ${reply.status}`);
        await addStyle(root.dataset.css);
        this.replaceChildren(root);
        enhance(root);
        this.settle();
        const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
        if (target && this.contains(target)) target.scrollIntoView();
      } catch (error) {
        const why = reply ? error.message : 'The service did not answer, or the page may not ask it.';
        console.error(`leave-a-reply: ${why} (${url}) What to change, says: leave-a-reply check ${location.href}`);
        // What stands inside the element, say a link to the comments, stays.
        const spoken = (around ? around.lang : navigator.language).split('-')[0];
        const note = make('p', { dir: 'auto', textContent: this.dataset.failed || NOTHING[spoken] || 'The comments cannot be shown just now.' });
        note.setAttribute('role', 'status');
        this.prepend(note);
        this.settle();
      }
    }

    /* No more room than it takes, but nothing is pulled into view while its reader does nothing. */
    settle() {
      const { top, height } = this.getBoundingClientRect();
      const settle = () => { this.style.minHeight = ''; };
      settle();
      if (this.offsetHeight >= height || top + this.offsetHeight > window.innerHeight) return;
      this.style.minHeight = height + 'px';
      for (const done of ['pointerdown', 'keydown', 'wheel']) window.addEventListener(done, settle, { once: true, passive: true });
    }
  }

  /* The server's sentence to the owner, from JSON or from an error page. */
  function reason(text) {
    try {
      const { error, help } = JSON.parse(text);
      return [error, help].filter(Boolean).join(' ');
    } catch {
      return new DOMParser().parseFromString(text, 'text/html').body.textContent.trim().replace(/\s+/g, ' ');
    }
  }

  const HEIGHT = 'leave-a-reply:height';
  const ASK = 'leave-a-reply:ask';

  /* From the frame to the page around it: how high it is, and where the comment stands that is to be in view. */
  function tell(comment) {
    const top = comment && comment.getBoundingClientRect().top + window.scrollY;
    window.parent.postMessage({ type: HEIGHT, height: Math.ceil(document.body.getBoundingClientRect().height), top }, '*');
  }

  function frames() {
    if (framed()) {
      tell(); // out of sight nothing is observed
      new ResizeObserver(() => tell()).observe(document.body);
      window.addEventListener('message', ({ data, source }) => {
        if (source !== window.parent || !data || data.type !== ASK) return;
        tell();
        if (/^\d+$/.test(data.comment)) location.replace('#comment-' + data.comment);
      });
    }
    const origin = BASE && new URL(BASE, location).origin;
    const all = () => [...document.querySelectorAll('iframe[data-leave-a-reply]')].filter((frame) => frame.contentWindow);
    const ask = (frame, comment) => frame.contentWindow.postMessage({ type: ASK, comment }, '*');
    const told = new WeakMap();
    window.addEventListener('message', ({ data, origin: from, source }) => {
      if (from !== origin || !data || data.type !== HEIGHT || !(data.height > 0)) return;
      const frame = all().find((each) => each.contentWindow === source);
      if (!frame) return;
      frame.style.height = data.height + 'px';
      if (data.top >= 0) window.scrollTo(window.scrollX, window.scrollY + frame.getBoundingClientRect().top + data.top);
      if (told.get(frame) === location.hash) return;
      told.set(frame, location.hash);
      if (named()) ask(frame, named());
    });
    window.addEventListener('hashchange', () => named() && all().forEach((frame) => ask(frame, named())));
    all().forEach((frame) => ask(frame));
  }

  function start() {
    document.querySelectorAll('.leave-a-reply').forEach(enhance);
    frames();
  }

  /* A policy of the page that is too strict: its owner is told what to add to it. */
  document.addEventListener('securitypolicyviolation', ({ blockedURI, effectiveDirective }) => {
    const origin = BASE && new URL(BASE, location).origin;
    if (!origin || !blockedURI.startsWith(origin)) return;
    console.error(`leave-a-reply: the page’s Content-Security-Policy forbids ${blockedURI}: add ${origin} to ${effectiveDirective.replace('-elem', '')}`);
  });

  customElements.define('leave-a-reply', LeaveAReply);
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
