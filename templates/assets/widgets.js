/* Leave a Reply: numbers of comments, latest comments and most discussed pages, for pages without a thread of their own.
   All numbers that a page has are asked for at once, and those that come later once they are there. Where that fails, what
   stands there stays. */
(() => {
  'use strict';
  if (window.leaveAReplyWidgets) return; // some routers run the scripts of each page again
  window.leaveAReplyWidgets = true;

  const script = document.currentScript; // a module has none
  const place = script && /^(.*)\/widgets[^/]*$/.exec(script.src);
  const BASE = (script && script.dataset.base) || (place ? place[1] : 'service-address'); // the service puts its own there
  const lang = () => document.documentElement.lang;
  const report = (error) => console.error('leave-a-reply: ' + error.message);

  // For pages with require-trusted-types-for. The lists come from the service, which cleans them.
  let policy = { createHTML: (text) => text };
  try {
    if (window.trustedTypes) policy = trustedTypes.createPolicy('leave-a-reply-widgets', policy);
  } catch { /* the page allows other names only: its owner is told */ }

  async function ask(path, options) {
    const reply = await fetch(BASE + path, options);
    if (reply.ok) return reply;
    const text = await reply.text();
    throw new Error(`answer ${reply.status} (${path.slice(0, 200)}) ${text.slice(0, 500)}`);
  }

  const page = (mark) => {
    const [given] = (mark.dataset.page || mark.href || location.href).split('#');
    return given[0] === '/' ? new URL(given, location).href : given;
  };

  async function count(marks, cache = 'default') {
    const pages = [...new Set(marks.map(page))];
    const query = new URLSearchParams([['lang', lang()], ...pages.map((each) => ['page', each])]).toString();
    // A body without a type of its own needs no permission asked beforehand.
    const reply = await (query.length < 4000 ? ask('/counts?' + query, { cache }) : ask('/counts', { method: 'POST', body: JSON.stringify({ lang: lang(), pages }) }));
    const { counts: found, texts } = await reply.json();
    for (const mark of marks) {
      const asked = page(mark);
      if (asked in texts) mark.textContent = mark.dataset.leaveAReplyCount === 'number' ? found[asked] : texts[asked];
    }
  }

  async function list(place) {
    const { leaveAReplyList: kind, site = location.origin, number = 5 } = place.dataset;
    const reply = await ask(`/${kind}?${new URLSearchParams({ site, number, lang: lang() })}`);
    place.innerHTML = policy.createHTML(await reply.text());
    const { lang: spoken } = place.firstElementChild || {};
    if (!spoken || !Intl.DateTimeFormat.supportedLocalesOf(spoken).length) return;
    // Times are sent in UTC, and shown in the reader's own zone, as embed.js does.
    const clock = new Intl.DateTimeFormat(spoken === 'en' ? 'en-GB' : spoken, { dateStyle: 'long', timeStyle: 'short', hourCycle: 'h23', numberingSystem: 'latn' });
    for (const time of place.querySelectorAll('time')) time.textContent = clock.format(new Date(time.dateTime));
  }

  const counted = new WeakMap(); // a mark → the page that its number is of
  const listed = new WeakSet();
  const marks = () => [...document.querySelectorAll('[data-leave-a-reply-count]')];

  function fill() {
    const fresh = marks().filter((mark) => counted.get(mark) !== page(mark));
    for (const mark of fresh) counted.set(mark, page(mark));
    if (fresh.length) count(fresh).catch(report);
    for (const place of document.querySelectorAll('[data-leave-a-reply-list]')) {
      if (listed.has(place)) continue;
      listed.add(place);
      list(place).catch(report);
    }
  }

  function start() {
    fill();
    const attributeFilter = ['data-leave-a-reply-count', 'data-leave-a-reply-list', 'data-page', 'href'];
    new MutationObserver(fill).observe(document, { childList: true, subtree: true, attributeFilter });
    for (const change of ['posted', 'deleted']) {
      document.addEventListener('leave-a-reply:' + change, () => marks().length && count(marks(), 'no-cache').catch(report));
    }
  }

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
