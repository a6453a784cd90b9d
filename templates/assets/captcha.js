/* Leave a Reply, the captcha for other forms: puts a question into every element that has data-sitekey.
   At submit the answer is checked here, and the form then carries a pass for its backend to ask /siteverify about.
   Without this script, a link in <noscript> leads to a page that gives the pass as a code to paste.
   At /recaptcha/api.js and its like captcha-services.js comes behind it. */
(() => {
  'use strict';
  const script = document.currentScript; // a module has none
  const { href = '', searchParams = new URLSearchParams() } = script && script.src ? new URL(script.src) : {};
  if (window.leaveAReplyCaptcha) return window.leaveAReplyCaptcha.serve(searchParams);

  const place = /^(.*)\/(captcha|recaptcha\/api|1\/api|turnstile\/v0\/api)[^/]*$/.exec(href.split('?')[0]);
  const BASE = (script && script.dataset.base) || (place ? place[1] : 'service-address'); // the service puts its own there
  const PATIENCE = 20000; // milliseconds that a form waits for the browser's work, and a request for its answer
  const TRIES = 2; // how often a first question that was refused is asked for again without a click
  const PAUSE = 5; // seconds until then, where the service does not say
  const LONGEST_PAUSE = 60;
  // Until the service has said something, in the reader's language.
  const WORDS = { another: 'Another question', failed: 'The question could not be fetched. Please try again in a moment.' };
  const OURS = 'captcha-response';
  const FIELDS = { grecaptcha: ['g-recaptcha-response'], hcaptcha: ['h-captcha-response', 'g-recaptcha-response'], turnstile: ['cf-turnstile-response'] };
  const THEIRS = { 'g-recaptcha': 'g-recaptcha-response', 'h-captcha': 'h-captcha-response', 'cf-turnstile': 'cf-turnstile-response' };
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const widgets = new Map(); // element → widget; those whose element has left the page are dropped
  let count = 0;

  /** The fields that a backend looks for: ours, those of the service whose class the element has or whose object rendered
      it, and any it names. */
  const fieldNames = (place, option) => new Set([
    OURS,
    ...(option('api') ? FIELDS[option('api')] : []),
    ...[option('response-field-name')].filter(Boolean),
    ...Object.keys(THEIRS).filter((name) => place.classList.contains(name)).map((name) => THEIRS[name]),
    ...(place.dataset.responseFields || '').split(/[\s,]+/).filter(Boolean),
  ]);

  const call = (name, ...values) => {
    const wanted = typeof name === 'string' ? name.split('.').reduce((found, part) => found && found[part], window) : name;
    if (typeof wanted === 'function') wanted(...values);
  };

  /** What the service answers, as ``found``. Nobody waits for ever. */
  const request = async (path, options) => {
    const answer = await fetch(BASE + path, { credentials: 'omit', signal: AbortSignal.timeout?.(PATIENCE), ...options });
    return { answer, found: await answer.json() };
  };

  let solving;
  const solver = () => solving ||= import(BASE + '/work.js').then(() => window.leaveAReplyWork);

  class Widget {
    /** ``options`` are the parameters of ``render``, by the names that the attributes have without ``data-``. */
    constructor(place, options = {}) {
      this.place = place;
      this.option = (name) => options[name] ?? place.getAttribute(`data-${name}`) ?? '';
      this.removal = new AbortController();
      this.waiting = []; // what execute() has promised
      this.words = WORDS;
      this.tries = TRIES;
      this.build();
      // react-google-recaptcha renders into an element that it puts into the page right afterwards.
      if (place.isConnected) this.attach();
      else queueMicrotask(() => this.attach());
    }

    attach() {
      const { place } = this;
      const { signal } = this.removal;
      const language = this.option('lang') || this.option('hl') || this.option('language');
      this.attached = true;
      this.form = place.closest('form');
      this.query = {
        sitekey: this.option('sitekey'),
        action: this.option('action'),
        cdata: this.option('cData') || this.option('cdata'),
        lang: language && language !== 'auto' ? language : (place.closest('[lang]') || { lang: '' }).lang,
      };
      this.around = this.form || place;
      this.ask();
      if (this.form) this.form.addEventListener('submit', (event) => this.hold(event), { capture: true, signal });
      this.around.addEventListener('focusin', () => this.work(), { signal });
      // Back in a page that the browser had put aside: its pass was used.
      window.addEventListener('pageshow', (event) => event.persisted && this.reset(), { signal });
      this.input.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' || this.form) return;
        event.preventDefault();
        this.check();
      });
      this.input.addEventListener('change', () => {
        if (this.option('callback') || !this.form) this.check();
      });
    }

    build() {
      const id = 'reply-captcha-' + ++count;
      // Where a number is missing the box is in its place: its sum reads in one direction, that of its own words.
      this.sum = make('span', { dir: 'auto', translate: false });
      [this.before, this.after] = [0, 1].map(() => make('span', { ariaHidden: 'true' }));
      this.spoken = make('span', { dir: 'auto' });
      this.spoken.style.cssText = 'position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap';
      const label = make('label', { htmlFor: id });
      label.append(this.spoken, this.before);
      this.input = make('input', { id, type: 'text', inputMode: 'numeric', autocomplete: 'off', size: 4, maxLength: 40, required: true });
      this.sum.append(label, ' ', this.input, ' ', this.after);
      this.another = make('button', { type: 'button', hidden: true });
      this.another.addEventListener('click', async () => {
        await this.ask();
        this.focus();
      });
      this.error = make('span', { id: id + '-error' });
      this.error.setAttribute('role', 'alert');
      this.fields = [...fieldNames(this.place, this.option)].map((name) => make('input', { type: 'hidden', name }));
      this.place.replaceChildren(' ', this.another, ' ', this.error, ...this.fields);
    }

    focus() {
      (this.token ? this.input : this.another).focus();
    }

    /** Show a question. A pass that was there is forgotten. */
    show(challenge, sentence) {
      const words = challenge.words;
      if (!this.place.contains(this.sum)) this.place.prepend(this.sum);
      this.token = challenge.token;
      this.asked = challenge.work;
      this.words = words;
      this.sum.lang = challenge.lang;
      this.spoken.textContent = words.label;
      [this.before.textContent, this.after.textContent = ''] = challenge.question.split('?').map((part) => part.trim());
      this.another.textContent = words.another;
      this.another.hidden = false;
      this.input.value = '';
      this.input.readOnly = false;
      this.keep('');
      this.say(sentence);
      if (this.around.contains(document.activeElement)) this.work();
    }

    /** The work that goes with a question of level 3, done while its reader types. Resolves to what proves it, or to
        nothing: then the form is sent all the same, and its backend is told. */
    work() {
      const asked = this.asked;
      if (asked && (!this.working || this.working.asked !== asked)) {
        const done = solver().then((solve) => solve(asked)).catch((error) => console.warn('leave-a-reply: ' + error.message));
        this.working = { asked, done };
      }
      return asked ? this.working.done : Promise.resolve();
    }

    say(sentence) {
      this.error.textContent = sentence || '';
      if (sentence) {
        this.input.setAttribute('aria-invalid', 'true');
        this.input.setAttribute('aria-describedby', this.error.id);
      } else {
        this.input.removeAttribute('aria-invalid');
        this.input.removeAttribute('aria-describedby');
      }
    }

    keep(pass) {
      this.pass = pass;
      for (const field of this.fields) field.value = pass;
    }

    /** Ask for a question, once at a time. One that is there stays until another has come. */
    ask() {
      clearTimeout(this.later);
      return this.asking ||= this.fetch().finally(() => { this.asking = null; });
    }

    async fetch() {
      try {
        const { answer, found } = await request(`/captcha/challenge?${new URLSearchParams(this.query)}`);
        if (answer.ok) return this.show(found);
        this.words = found.words || this.words;
        this.fail(found.error, found.error);
        if (answer.status === 429 || answer.status >= 500) this.askLater(Number(answer.headers.get('retry-after')));
      } catch (error) {
        this.fail(error.message);
        this.askLater();
      }
    }

    /** Where no question is there yet, and not for ever: a service that has too much to do is not to get more. */
    askLater(seconds) {
      if (this.token || !this.tries) return;
      this.tries--;
      this.later = setTimeout(() => this.ask(), Math.min(seconds || PAUSE, LONGEST_PAUSE) * 1000);
    }

    /** Say that something did not work, in the service's words if it gave any, beside a way to ask again. Without a
        question there is no box: one without a label would have to be filled in. */
    fail(reason, sentence) {
      if (!this.token) this.sum.remove();
      this.say(sentence || this.words.failed);
      this.another.textContent = this.words.another;
      this.another.hidden = false;
      call(this.option('error-callback'), reason);
    }

    /** Ask for a pass, once at a time. Resolves to whether there is one. */
    check() {
      if (this.pass) return Promise.resolve(true);
      if (!this.checking) {
        this.place.setAttribute('aria-busy', 'true');
        this.checking = this.send().finally(() => {
          this.place.removeAttribute('aria-busy');
          this.checking = null;
        });
      }
      return this.checking;
    }

    async send() {
      const known = this.token;
      if (!known) await this.ask();
      if (!this.token) return false;
      if (!known || !this.input.value.trim()) {
        this.say(this.words.empty);
        return false;
      }
      try {
        const altcha = await Promise.race([this.work(), new Promise((done) => setTimeout(done, PATIENCE))]);
        const body = new URLSearchParams({ ...this.query, token: this.token, answer: this.input.value, altcha: altcha || '' });
        const { answer, found } = await request('/captcha/answer', { method: 'POST', body });
        if (answer.ok) return this.pass_(found);
        if (found.challenge) this.show(found.challenge, found.error);
        else this.fail(found.error);
      } catch (error) {
        this.fail(error.message);
      }
      return false;
    }

    pass_(found) {
      this.keep(found.pass);
      this.input.readOnly = true;
      this.another.hidden = true;
      this.say('');
      // A little early, so that what is sent is still good when the backend asks.
      setTimeout(() => this.expire(found.pass), (found.expires_in - 15) * 1000);
      call(this.option('callback'), found.pass);
      for (const done of this.waiting.splice(0)) done(found.pass);
      return true;
    }

    async expire(pass) {
      if (this.pass !== pass) return;
      await this.reset();
      if (this.token) this.say(this.words.expired);
      call(this.option('expired-callback'));
    }

    /** Hold the form back until the answer is checked, then send it as it would have been sent. */
    async hold(event) {
      if (this.pass || !this.place.isConnected) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (await this.check()) this.form.requestSubmit(event.submitter);
      else this.focus();
    }

    reset() {
      this.token = this.asked = '';
      this.keep('');
      this.tries = TRIES;
      return this.ask();
    }

    /** Resolves to a pass: at once if the answer is there and right, else once its reader has given it. */
    async execute() {
      const given = new Promise((done) => this.waiting.push(done));
      if (await this.check()) return this.pass;
      this.focus();
      return given;
    }

    remove() {
      this.removal.abort();
      clearTimeout(this.later);
      this.keep('');
      this.place.replaceChildren();
      widgets.delete(this.place);
    }
  }

  function render(place, options) {
    for (const [known, widget] of widgets) if (widget.attached && !known.isConnected && known !== place) widget.remove();
    if (!widgets.has(place)) widgets.set(place, new Widget(place, options));
    return widgets.get(place);
  }

  const fill = (root) => root.querySelectorAll('[data-sitekey]').forEach((place) => render(place));
  // Not at once: react-async-script takes onload= only after the script's own load event.
  const ready = (then) => (document.readyState === 'loading' ? document.addEventListener('DOMContentLoaded', then) : setTimeout(then));
  const find = (place) => widgets.get(typeof place === 'string' ? document.querySelector(place) : place || document.querySelector('[data-sitekey]'));

  window.leaveAReplyCaptcha = {
    render: (place) => void render(typeof place === 'string' ? document.querySelector(place) : place),
    reset: (place) => find(place) && find(place).reset(),
    getResponse: (place) => (find(place) ? find(place).pass || '' : ''),
    /** What the address of a script asks for: ``render``, ``onload``. */
    serve(query) {
      ready(() => {
        if (query.get('render') !== 'explicit') fill(document);
        call(query.get('onload'));
      });
    },
    inside: { widgets, render, ready, call }, // for captcha-services.js
  };
  window.leaveAReplyCaptcha.serve(searchParams);
})();
