/* Leave a Reply: an open page hears how many comments it has, and offers to show the new ones. form.js loads this where
   the element has the attribute `live` and the service allows it. Nothing moves until the reader wants it. */
const SETTLED = 1000; // milliseconds, in which a reader's own comment is shown by its own way
const LATER = 60000; // milliseconds until it is tried again where there was no room, and up to twice as long

/* Whether one version of a page, such as 7-12, came before another: page 0 is one that had no comments yet. */
function isOlder(one, other) {
  const [page, number] = one.split('-').map(Number);
  const [otherPage, otherNumber] = other.split('-').map(Number);
  return (page === otherPage || !page) && number < otherNumber;
}

export default function live({ root, base, page, news, make }) {
  let seen = '0 0-0'; // what the comments on the page say of themselves
  let known = 0; // how many comments are no news
  let told = { count: 0, version: '0-0' }; // the last event
  let source, retry, settling;

  const said = make('span', { className: 'screen-reader-text' });
  said.setAttribute('role', 'status');
  const button = make('button', { type: 'button', className: 'submit', hidden: true });
  const bar = make('p', { className: 'lar-news' });
  // Over the page and of no height, so that nothing moves. Here, since few pages need it.
  Object.assign(bar.style, { position: 'sticky', insetBlockEnd: '4.5rem', zIndex: 1, blockSize: 0, margin: 0, textAlign: 'center' });
  button.style.boxShadow = '0 .2rem 1rem rgb(0 0 0 / .3)';
  bar.append(said, button);
  root.append(bar);

  /* How many comments are on the page, and in which version: said anew where another part or order took their place. */
  function read() {
    const { live: now } = root.querySelector('.comments-title').dataset;
    if (now === seen) return;
    const [count, version] = now.split(' ');
    known = Number(count);
    if (isOlder(told.version, version)) told = { count: known, version };
    seen = now;
  }

  function look() {
    read();
    const number = told.count - known;
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
    clearTimeout(settling);
    settling = setTimeout(look, SETTLED);
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

  /* A page that nobody looks at holds no connection; once it is seen again, it is told how things stand. */
  function start() {
    if (source || document.hidden || !root.isConnected) return;
    source = new EventSource(`${base}/live?${new URLSearchParams({ page })}`);
    source.onmessage = hear;
    source.addEventListener('later', later);
    source.onerror = () => source && source.readyState === EventSource.CLOSED && later(); // else the browser tries again
  }

  function attend() {
    if (!root.isConnected) {
      stop();
      document.removeEventListener('visibilitychange', attend);
    } else if (document.hidden) {
      stop();
    } else {
      start();
    }
  }

  button.onclick = async () => {
    button.disabled = true;
    try {
      await news(told.newest);
    } catch { /* the service does not answer just now: the button stays */ }
    button.disabled = false;
    look();
  };
  root.addEventListener('leave-a-reply:posted', ({ detail }) => {
    if (detail.status === 'approved') known += 1;
    look();
  });
  document.addEventListener('visibilitychange', attend);
  read();
  start();
}
