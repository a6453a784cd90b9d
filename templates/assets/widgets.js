/* Leave a Reply: numbers of comments, latest comments and most discussed pages, for pages without a thread of their own.
   All numbers of a page are asked for at once. Where that fails, what stands there stays. */
(() => {
  'use strict';
  const script = document.currentScript;
  const BASE = script ? script.dataset.base || script.src.replace(/\/widgets[^/]*$/, '') : '';
  const lang = () => document.documentElement.lang;

  async function ask(path, options) {
    const reply = await fetch(BASE + path, options);
    if (reply.ok) return reply;
    const text = await reply.text();
    throw new Error(`answer ${reply.status} (${path.slice(0, 200)}) ${text.slice(0, 500)}`);
  }

  async function counts() {
    const marks = [...document.querySelectorAll('[data-leave-a-reply-count]')];
    if (!marks.length) return;
    const page = (mark) => (mark.dataset.page || mark.href || location.href).split('#')[0];
    const pages = [...new Set(marks.map(page))];
    const query = new URLSearchParams([['lang', lang()], ...pages.map((each) => ['page', each])]).toString();
    // A body without a type of its own needs no permission asked beforehand.
    const reply = await (query.length < 4000 ? ask('/counts?' + query) : ask('/counts', { method: 'POST', body: JSON.stringify({ lang: lang(), pages }) }));
    const { counts: found, texts } = await reply.json();
    for (const mark of marks) {
      const asked = page(mark);
      if (asked in texts) mark.textContent = mark.dataset.leaveAReplyCount === 'number' ? found[asked] : texts[asked];
    }
  }

  async function list(place) {
    const { leaveAReplyList: kind, site = location.origin, number = 5 } = place.dataset;
    const reply = await ask(`/${kind}?${new URLSearchParams({ site, number, lang: lang() })}`);
    place.innerHTML = await reply.text();
  }

  const report = (error) => console.error('leave-a-reply: ' + error.message);

  function start() {
    counts().catch(report);
    for (const place of document.querySelectorAll('[data-leave-a-reply-list]')) list(place).catch(report);
  }

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
