/* Leave a Reply: fills <leave-a-reply> and makes every .leave-a-reply on the page live. What is needed only once a reader
   does something is in form.js. Without either the comments and the form still work: every step falls back to a link or a
   plain POST. */
(() => {
  'use strict';
  if (!window.customElements || customElements.get('leave-a-reply')) return;

  const script = document.currentScript; // a module has none
  const place = script && /^(.*)\/(embed|enhance)[^/]*$/.exec(script.src);
  const BASE = (script && script.dataset.base) || (place ? place[1] : 'service-address'); // the service puts its own there
  const [STYLES, DIGEST] = ['styles', 'digest']; // and these, but not for pages that link them
  const REMEMBERED = 'leave-a-reply';
  const OWN = 'leave-a-reply:own';
  const IDENTITY = ['author-fields']; // the service puts the names of the form's fields there
  const HYDRATION = 3000; // milliseconds that a page may take to load before the comments come all the same
  const NEAR = '400px'; // how far from view a form asks for its question
  const JSON_ANSWER = { Accept: 'application/json' };
  const one = (node, selector) => node.querySelector(selector);
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  // For pages with require-trusted-types-for. All that is parsed comes from the service, which cleans it.
  let policy = { createHTML: (text) => text };
  try {
    if (window.trustedTypes) policy = trustedTypes.createPolicy('leave-a-reply', policy);
  } catch {
    console.error('leave-a-reply: the page’s Content-Security-Policy allows other policies only: add leave-a-reply to trusted-types');
  }
  // As HTML, also in pages that are XML.
  const parse = (text) => new DOMParser().parseFromString(policy.createHTML(text), 'text/html').body.firstElementChild;

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
  const storage = (kind) => {
    try {
      return window[kind];
    } catch {
      return null;
    }
  };
  const stored = (key, value, kind = 'localStorage') => {
    try {
      const store = storage(kind);
      if (value === undefined) return store.getItem(key);
      if (value) store.setItem(key, value);
      else store.removeItem(key);
    } catch { /* the browser keeps nothing */ }
    return null;
  };

  /* Times are sent in UTC and shown in the reader's own zone, in the language around them; where the browser does not speak it, as sent. */
  const localize = (node, lang) => {
    if (!Intl.DateTimeFormat.supportedLocalesOf(lang).length) return;
    const clock = new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, { dateStyle: 'long', timeStyle: 'short', hourCycle: 'h23', numberingSystem: 'latn' });
    for (const time of node.querySelectorAll('time')) time.textContent = clock.format(new Date(time.dateTime));
  };

  const isPlainClick = (event) => !(event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  const framed = () => window.parent !== window && one(document, '.lar-frame');
  const named = () => /^#(?:div-)?comment-(\d+)$/.exec(location.hash)?.[1];
  const withoutHash = () => location.href.split('#')[0];

  /* Gives back what makes fragments of one thread fit for the page. An id that the page has elsewhere gets a number behind
     it; ids of comments are unique already. Where the page has a <base>, links within the thread are written in full. */
  function fitter(thread, lang) {
    const names = {};
    const taken = (id) => [...thread.getRootNode().querySelectorAll(`[id="${id}"]`)].some((other) => !thread.contains(other));
    const fresh = (id) => {
      if (/^(div-)?comment-\d/.test(id)) return id;
      for (let number = 1; !names[id]; number++) {
        const name = number > 1 ? id + '-' + number : id;
        if (!taken(name)) names[id] = name;
      }
      return names[id];
    };
    return (node) => {
      const away = document.baseURI.split('#')[0] === withoutHash() ? '' : withoutHash();
      for (const element of [node, ...node.querySelectorAll('*'), ...[...node.querySelectorAll('template')].flatMap((t) => [...t.content.querySelectorAll('*')])]) {
        for (const name of ['id', 'for', 'aria-describedby', 'aria-labelledby']) {
          const value = element.getAttribute(name);
          if (value) element.setAttribute(name, value.split(' ').map(fresh).join(' '));
        }
        const href = element.getAttribute('href');
        if (href && href[0] === '#') element.setAttribute('href', away + '#' + fresh(href.slice(1)));
      }
      localize(node, lang);
      const consent = one(node, '[name=wp-comment-cookies-consent]');
      if (consent) consent.parentNode.hidden = !storage('localStorage'); // it does nothing without
      return node;
    };
  }

  const mark = (root, comment) => {
    for (const old of root.querySelectorAll('.is-new')) old.classList.remove('is-new');
    const body = one(comment, '.comment-body');
    body.classList.add('is-new');
    return body;
  };

  function whenNear(element, rootMargin, then) {
    const watch = new IntersectionObserver((seen) => {
      if (!seen.some((entry) => entry.isIntersecting)) return;
      watch.disconnect();
      then();
    }, { rootMargin });
    watch.observe(element);
  }

  /* The question of a thread's form. A thread that is the same for everybody comes without one, so that it can be kept;
     its question is a small answer of its own, asked for when the form comes near or has the focus. */
  function questioner(root, base, page) {
    const asked = Date.now();
    const place = () => one(root, '.comment-form-captcha');
    const isMissing = () => one(root, '.is-awaited');
    let asking;

    async function fetchQuestion() {
      const here = place();
      const [token, typed, work] = ['captcha_token', 'captcha', 'altcha'].map((name) => one(here, `[name=${name}]`));
      const url = here.dataset.captcha || base + '/captcha?page=' + encodeURIComponent(page);
      const query = new URLSearchParams({ lang: root.lang, instead: token.value }); // the form is as old as it was
      const reply = await fetch(`${url}&${query}`, { headers: JSON_ANSWER, cache: 'no-store' });
      const fresh = await reply.json();
      if (!reply.ok || !here.isConnected) return false;
      questions.asked = Date.now();
      one(here, '.captcha-question').textContent = fresh.question;
      const [before, after] = fresh.question.split('?'); // around the field, where a number is missing
      const parts = after ? [after, before] : ['', ''];
      here.querySelectorAll('.captcha-part').forEach((part, at) => { part.textContent = parts[at].trim(); });
      one(here, '.captcha-spoken').textContent = here.closest('.comment-respond').dataset.spoken.split('%s').join(fresh.spoken);
      token.value = fresh.token;
      if (work) Object.assign(work, { value: '' }).dataset.work = fresh.work;
      const trap = one(root, '[data-bwignore], [name^=subject-]');
      if (trap) trap.name = fresh.decoy;
      one(here, '.field-error')?.remove();
      for (const name of ['aria-invalid', 'aria-describedby']) typed.removeAttribute(name);
      typed.value = '';
      typed.disabled = false;
      here.classList.remove('is-awaited');
      return true;
    }

    const questions = {
      asked, // when the question came
      isMissing,
      /* Asks, once at a time. Resolves to whether another question has come. */
      ask: () => asking ||= fetchQuestion().catch(() => false).finally(() => { asking = null; }),
      need: () => isMissing() && questions.ask(),
      /* Nothing moves when the question comes: its room is taken by one that is not seen. */
      reserve() {
        const waiting = place() && one(place(), 'template');
        if (!waiting) return;
        place().classList.add('is-awaited');
        waiting.replaceWith(waiting.content);
        one(place(), '[name=captcha]').disabled = true; // the form can be sent without
      },
    };
    return questions;
  }

  const enhanced = new WeakMap(); // .leave-a-reply → what shows the comment that the address names
  const threads = new Set();

  function enhance(root, host) {
    threads.add(root);
    if (enhanced.has(root)) return;
    enhanced.set(root, () => {});
    const { page } = root.dataset;
    const base = root.dataset.base || BASE;
    const area = one(root, '.comments-area');
    const respond = one(root, '.comment-respond');
    const fit = fitter(host || root, root.lang);
    fit(root);
    root.title = ''; // that of the element around it would be a tooltip over every comment
    if (!area) return; // an answer page: plain POSTs serve it

    /* What was typed stays: the text and whom it answers until it is posted, name and addresses until the tab is closed. */
    const draft = 'leave-a-reply:draft:' + page;
    const keep = () => {
      const value = (name) => one(root, `.comment-form [name=${name}]`)?.value || '';
      const text = value('comment');
      stored(draft, text && JSON.stringify({ text, parent: value('comment_parent') }));
      const typed = Object.fromEntries(IDENTITY.map((name) => [name, value(name)]));
      stored(draft, Object.values(typed).some(Boolean) ? JSON.stringify(typed) : '', 'sessionStorage');
      return typed;
    };
    root.addEventListener('input', ({ target }) => {
      if (target.closest('.comment-form') && target.name !== 'captcha') keep();
    });

    const questions = questioner(root, base, page);
    let loading;
    const form = () => loading ||= import(root.dataset.form || base + '/form.js')
      .then((module) => module.default({ root, area, page, base, fit, parse, make, one, stored, mark, framed, named, draft, keep, questions, IDENTITY, REMEMBERED, OWN, JSON_ANSWER }))
      .catch((error) => {
        loading = null;
        throw error;
      });
    const warm = () => form().catch(() => {}); // each step below has its own way out

    let plain = false;
    const plainly = (target, button) => {
      if (target.href) return location.assign(target.href);
      one(root, '.form-failure')?.remove();
      if (navigator.onLine === false) { // a browser's own page about that would take the place of what was typed
        return one(target, '.form-submit').before(make('p', { className: 'form-failure', role: 'alert', textContent: respond.dataset.failed }));
      }
      plain = true;
      target.requestSubmit(button);
    };
    root.addEventListener('click', (event) => {
      const target = isPlainClick(event) && event.target.closest('.comment-reply-link, .report-link, .cancel-reply, [name=another], [data-part]');
      if (!target || plain) return;
      event.preventDefault();
      form().then((module) => module.click(target), () => plainly(target.form || target, target));
    });
    root.addEventListener('submit', (event) => {
      const { target, submitter } = event;
      if (plain || event.defaultPrevented || !target.matches('.comment-form')) return;
      event.preventDefault();
      form().then((module) => module.send(target, submitter), () => plainly(target, submitter));
    });
    for (const gesture of ['pointerover', 'focusin']) root.addEventListener(gesture, warm, { once: true });

    const look = async () => {
      const id = named();
      if (!id) return;
      let comment = root.getRootNode().getElementById('comment-' + id);
      if (!comment && !one(area, '.comment-respond')) comment = await form().then((module) => module.seek(id)).catch(() => {}); // not found: stays out of sight
      if (!comment || !root.contains(comment)) return;
      mark(root, comment); // :target is for what was there before
      if (framed()) tell(comment);
    };
    enhanced.set(root, look);
    look();
    if (root.dataset.known) whenNear(root, NEAR, warm); // a build has stored it, and it may be old: form.js sees to that
    if (!respond) return; // closed
    root.classList.add('is-live');
    questions.reserve();
    whenNear(respond, NEAR, questions.need);
    root.addEventListener('focusin', ({ target }) => target.closest('.comment-form') && questions.need());
    // Browsers put back what a script has changed, also in fields that nobody sees: whom a comment answers, the heading says.
    const answered = one(respond, '.reply-title-text a');
    one(respond, '[name=comment_parent]').value = answered ? answered.hash.replace(/\D/g, '') : 0;
    if (root.closest('[live]') || stored(REMEMBERED) || stored(draft) || stored(draft, undefined, 'sessionStorage') || (stored(OWN) || '').includes(JSON.stringify(page))) warm();
  }

  let sheet;

  /* The page's own rules win over ours at equal weight. A policy may forbid <style>, but not a constructed sheet. That
     comes after the page's sheets, so its rules have a lower specificity (service/web/render/style_sheets.py). Styles that did not
     come with the script, after an upgrade or for old browsers, are linked. A shadow root gets its own. */
  function addStyle(href, tree) {
    const bare = (address) => new URL(address, BASE || location).href.split('?')[0]; // the page may have put it in itself
    if (!href || [...tree.querySelectorAll('link[rel~=stylesheet]')].some((link) => bare(link.href) === bare(href))) return null;
    if (tree.adoptedStyleSheets && href.endsWith('=' + DIGEST)) {
      if (!sheet) (sheet = new CSSStyleSheet({ baseURL: href })).replaceSync(STYLES);
      if (!tree.adoptedStyleSheets.includes(sheet)) tree.adoptedStyleSheets = [sheet, ...tree.adoptedStyleSheets];
      return null;
    }
    const link = make('link', { rel: 'stylesheet', href });
    return new Promise((done) => {
      link.onload = link.onerror = done;
      (tree.head || tree).prepend(link);
    });
  }

  // Frameworks compare a page with what they would draw before they take it over; until then it stays as it was sent.
  const hydrated = new Promise((done) => {
    if (document.readyState === 'complete') return void done();
    const idle = () => (window.requestIdleCallback ? requestIdleCallback(done, { timeout: 500 }) : setTimeout(done));
    window.addEventListener('load', idle);
    document.addEventListener('DOMContentLoaded', () => setTimeout(done, HYDRATION));
    if (document.readyState === 'interactive') setTimeout(done, HYDRATION);
  });

  const elements = new Set();
  const GONE = 'gone'; // asked for, and taken out of the page before it came
  let own; // the rel=canonical with which the page was loaded, where that named its own address

  const canonical = () => one(document, 'link[rel=canonical]')?.href;
  const isHere = (href) => {
    const { pathname, search } = new URL(href);
    return location.pathname === pathname && `${location.search}&`.startsWith(search && search + '&'); // more may be tracking
  };

  /* The page that is meant: a router may change the address and leave the old rel=canonical behind. */
  function here(preview) {
    const href = canonical();
    return href && (href !== own || isHere(href)) && !(preview && /^(127\.|\[::1|localhost$)/.test(location.hostname)) ? href : withoutHash();
  }

  class LeaveAReply extends HTMLElement {
    static get observedAttributes() {
      return ['page', 'order', 'first', 'lang'];
    }

    connectedCallback() {
      elements.add(this);
      if (this.fallback) { // it was moved
        const root = one(this, ':scope > .leave-a-reply');
        if (root) threads.add(root);
        return void this.follow();
      }
      this.fallback = [...this.childNodes];
      this.style.display = 'block';
      this.style.minHeight = '100vh'; // what stands below does not move when the comments come
      const wanted = /^#(div-)?(comment|respond)/.test(location.hash);
      if (wanted) this.reload();
      else whenNear(this, '800px', () => this.reload());
    }

    disconnectedCallback() {
      elements.delete(this);
    }

    attributeChangedCallback() {
      queueMicrotask(() => this.follow());
    }

    query() {
      const around = this.closest('[lang]') || document.documentElement;
      const page = this.getAttribute('page') || here(this.hasAttribute('preview'));
      const query = new URLSearchParams({ page: page[0] === '/' ? new URL(page, location).href : page });
      if (around.lang) query.set('lang', around.lang);
      for (const name of ['order', 'first']) if (this.getAttribute(name)) query.set(name, this.getAttribute(name));
      return query;
    }

    /* Another page, order or language may be meant by now; the address may also lose what was for tracking only. What was
       never in view is asked for once it is. */
    follow() {
      const query = String(this.query());
      if (this.asked && this.isConnected && this.asked !== query && this.same !== query) this.reload();
    }

    async reload() {
      const query = this.query();
      const asked = this.same = this.asked = String(query);
      const old = one(this, ':scope > .leave-a-reply');
      if (old) old.inert = true; // nothing may be posted to the page before
      query.set('title', this.getAttribute('title') || document.title);
      if (named()) query.set('comment', named());
      query.set('jsonld', 'no'); // search engines read our page; readers need not carry it
      query.set('captcha', 'lazy');
      const url = `${this.dataset.base || BASE}/thread?${query}`;
      const isLast = (this.turn = {});
      let reply, text;
      try {
        reply = await fetch(url, { headers: { Accept: 'text/html' }, cache: 'no-cache' }); // a comment that was just posted is in it
        text = await reply.text();
        const root = reply.ok && parse(text);
        if (!root || !root.matches('.leave-a-reply')) throw new Error(reason(text) || `answer ${reply.status}`);
        if (this.isConnected) await addStyle(root.dataset.css, this.getRootNode());
        await hydrated;
        if (isLast !== this.turn) return;
        if (!this.isConnected) return void (this.asked = GONE);
        this.same = asked.replace(/[^&]*/, new URLSearchParams({ page: root.dataset.page }));
        this.replaceChildren(root);
        enhance(root, this);
        this.settle();
        const target = location.hash.length > 1 && this.getRootNode().getElementById(location.hash.slice(1));
        if (target && this.contains(target)) target.scrollIntoView();
      } catch (error) {
        if (isLast !== this.turn) return;
        const why = reply ? error.message : 'The service did not answer, or the page may not ask it.';
        console.error(`leave-a-reply: ${why} (${url}) Run leave-a-reply doctor ${location.href}`);
        const spoken = (query.get('lang') || navigator.language).split('-')[0];
        const note = make('p', { dir: 'auto', textContent: this.dataset.failed || NOTHING[spoken] || 'The comments cannot be shown just now.' });
        note.setAttribute('role', 'status');
        this.replaceChildren(note, ...this.fallback); // what stood inside the element, say a link to the comments
        this.settle();
      }
    }

    /* No more room than it takes, but nothing moves below a pointer: a click that has begun would fall on something else. */
    settle() {
      const { top, height } = this.getBoundingClientRect();
      const open = new AbortController();
      const close = () => {
        open.abort();
        this.style.minHeight = '';
      };
      this.style.minHeight = '';
      if (this.offsetHeight >= height || top + this.offsetHeight > window.innerHeight) return;
      this.style.minHeight = height + 'px';
      const options = { passive: true, signal: open.signal };
      for (const sign of ['keydown', 'wheel']) window.addEventListener(sign, close, options);
      window.addEventListener('scroll', () => { // closes unseen
        if (this.lastElementChild.getBoundingClientRect().bottom > window.innerHeight) close();
      }, options);
    }
  }

  /* The server's sentence to the owner, from JSON or from an error page. */
  function reason(text) {
    try {
      const { error, help } = JSON.parse(text);
      return [error, help].filter(Boolean).join(' ');
    } catch {
      return parse(`<div>${text}</div>`).textContent.trim().replace(/\s+/g, ' ');
    }
  }

  const HEIGHT = 'leave-a-reply:height';
  const ASK = 'leave-a-reply:ask';

  /* From the frame to the page around it: how high it is, and where the comment stands that is to be in view. */
  function tell(comment, fresh) {
    const top = comment && comment.getBoundingClientRect().top + window.scrollY;
    window.parent.postMessage({ type: HEIGHT, height: Math.ceil(document.body.getBoundingClientRect().height), top, fresh }, '*');
  }

  /* Light text means a dark page, whatever its color-scheme says. */
  const schemeOf = (frame) => {
    const [, ...colour] = /^rgba?\((\d+), (\d+), (\d+)/.exec(getComputedStyle(frame).color) || [];
    return colour.length && (colour.reduce((sum, each) => sum + Number(each), 0) > 382 ? 'dark' : 'light');
  };

  const edges = (frame) => {
    const style = getComputedStyle(frame);
    const sides = style.boxSizing === 'border-box' ? ['borderTopWidth', 'borderBottomWidth', 'paddingTop', 'paddingBottom'] : [];
    return sides.reduce((sum, side) => sum + parseFloat(style[side]), 0);
  };

  function frames() {
    if (framed()) {
      tell(null, true); // out of sight nothing is observed
      new ResizeObserver(() => tell()).observe(document.body);
      window.addEventListener('message', ({ data, source }) => {
        if (source !== window.parent || !data || data.type !== ASK) return;
        if (data.scheme) { // that of the page around it, so its background will do
          document.documentElement.style.colorScheme = data.scheme === 'dark' ? 'dark' : 'light';
          document.body.style.background = 'none';
        }
        tell();
        if (/^\d+$/.test(data.comment)) location.replace('#comment-' + data.comment);
      });
    }
    const origin = BASE && new URL(BASE, location).origin;
    const all = () => [...document.querySelectorAll('iframe[data-leave-a-reply]')].filter((frame) => frame.contentWindow);
    const ask = (frame, comment) => frame.contentWindow.postMessage({ type: ASK, comment, scheme: schemeOf(frame) }, '*');
    const told = new WeakMap();
    window.addEventListener('message', ({ data, origin: from, source }) => {
      if (from !== origin || !data || data.type !== HEIGHT || !(data.height > 0)) return;
      const frame = all().find((each) => each.contentWindow === source);
      if (!frame) return;
      frame.style.height = data.height + edges(frame) + 'px';
      if (data.top >= 0) window.scrollTo(window.scrollX, window.scrollY + frame.getBoundingClientRect().top + data.top);
      if (!data.fresh && told.get(frame) === location.hash) return;
      told.set(frame, location.hash);
      ask(frame, named());
    });
    window.addEventListener('hashchange', () => named() && all().forEach((frame) => ask(frame, named())));
    all().forEach((frame) => ask(frame));
  }

  function follow() {
    for (const root of document.getElementsByClassName('leave-a-reply')) if (!root.closest('leave-a-reply')) enhance(root);
    elements.forEach((element) => element.follow());
  }

  function start() {
    own = canonical();
    if (own && !isHere(own)) own = '';
    follow();
    frames();
    // What comes later, and another address: routers change the title or rel=canonical as well.
    new MutationObserver(follow).observe(document, { childList: true, subtree: true, attributeFilter: ['href', 'lang'] });
    window.addEventListener('popstate', follow);
    if (window.navigation) navigation.addEventListener('currententrychange', follow);
    window.addEventListener('hashchange', () => {
      for (const root of threads) {
        if (root.isConnected) enhanced.get(root)();
        else threads.delete(root);
      }
    });
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
