/* Leave a Reply: an open page hears how many comments it has, and offers to show the new ones. form.js loads this where
   the element has the attribute `live` and the service allows it. Nothing moves until the reader wants it. */
const SETTLED = 1000; // milliseconds, in which a reader's own comment is shown by its own way
const LATEST = 5000; // milliseconds after which it is looked, however many more come in
const AWAY = 10000; // milliseconds for which a thread may be out of view and still be told
const LATER = 60000; // milliseconds until it is tried again where there was no room, and up to twice as long

/* Whether one version of a page, such as 7-12, came before another: page 0 is one that had no comments yet. */
function isOlder(one, other) {
  const [page, number] = one.split('-').map(Number);
  const [otherPage, otherNumber] = other.split('-').map(Number);
  return (page === otherPage || !page) && number < otherNumber;
}

export default function live({ root, base, page, news, make }) {
  if (!root.querySelector('.comments-title')?.dataset.live) return; // by a template of the owner's, from before
  let seen = '0 0-0'; // what the comments on the page say of themselves
  let known = 0; // how many comments are no news
  let told = { count: 0, version: '0-0' }; // the last event
  let latest = 0; // the newest comment that is no news, if known: as many may have gone as came
  let due = 0; // when it is to be looked at the latest
  let isSeen = false, source, retry, settling, leaving;
  const own = new Set(); // the reader's comments: an answer may come twice

  const said = make('span', { className: 'screen-reader-text' });
  said.setAttribute('role', 'status');
  const button = make('button', { type: 'button', className: 'submit', hidden: true });
  const bar = make('p', { className: 'lar-news' });
  // Over the page and of no height, so that nothing moves. Here, since few pages need it.
  Object.assign(bar.style, { position: 'sticky', insetBlockEnd: '4.5rem', zIndex: 1, blockSize: 0, margin: 0, textAlign: 'center' });
  button.style.boxShadow = '0 .2rem 1rem rgb(0 0 0 / .3)';
  bar.append(said, button);
  root.append(bar);

  /* How many comments are on the page, and in which version: it changes where another part or order takes their place. */
  function read() {
    const { live: now } = root.querySelector('.comments-title').dataset;
    if (now === seen) return;
    const [count, version] = now.split(' ');
    known = Number(count);
    if (isOlder(told.version, version)) told = { count: known, version };
    seen = now;
  }

  const isOnPage = (id) => [...root.querySelectorAll('.comment')].some((each) => each.id === `comment-${id}`);

  function look() {
    due = 0;
    read();
    const { newest } = told;
    const isNew = latest && newest && Number(newest) > latest && !isOnPage(newest);
    const number = Math.max(told.count - known, isNew ? 1 : 0);
    if (!number && newest) latest = Number(newest);
    const text = number > 0 ? root.dataset.live.replace('%s', number) : '';
    if (said.textContent !== text) said.textContent = text;
    button.textContent = text;
    button.hidden = !text;
  }

  function hear({ data }) {
    const now = JSON.parse(data);
    read();
    if (isOlder(now.version, told.version)) return; // another process, or a look at the database that is still to come
    if (now.count < told.count) known = Math.min(known, now.count); // some are gone
    told = now;
    due = due || Date.now() + LATEST;
    clearTimeout(settling);
    settling = setTimeout(look, Math.min(SETTLED, due - Date.now()));
  }

  function later() {
    stop();
    retry = setTimeout(start, LATER * (1 + Math.random()));
  }

  function stop() {
    clearTimeout(retry);
    if (source) source.close();
    source = null;
  }

  /* A thread that nobody looks at holds no connection, since a browser may have six to a service for all its windows.
     Once it is seen again, it is told how things stand. */
  function start() {
    if (source || !isSeen || document.hidden || !root.isConnected) return;
    source = new EventSource(`${base}/live?${new URLSearchParams({ page })}`);
    source.onmessage = hear;
    source.addEventListener('later', later);
    source.onerror = () => source && source.readyState === EventSource.CLOSED && later(); // else the browser tries again
  }

  function attend() {
    clearTimeout(leaving);
    if (!root.isConnected) {
      stop();
      sight.disconnect();
      document.removeEventListener('visibilitychange', attend);
    } else if (document.hidden) {
      stop();
    } else if (isSeen) {
      start();
    } else {
      leaving = setTimeout(stop, AWAY);
    }
  }

  const sight = new IntersectionObserver((changes) => {
    isSeen = changes.at(-1).isIntersecting;
    attend();
  });

  button.onclick = async () => {
    button.disabled = true;
    try {
      await news(told.newest);
    } catch { /* the service does not answer just now: the button stays */ }
    button.disabled = false;
    look();
  };
  root.addEventListener('leave-a-reply:posted', ({ detail }) => {
    if (detail.status === 'approved' && !own.has(detail.id)) known += 1;
    own.add(detail.id);
    look();
  });
  document.addEventListener('visibilitychange', attend);
  read();
  sight.observe(root);
}
