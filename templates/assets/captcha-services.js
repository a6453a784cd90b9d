/* The objects that the scripts of reCAPTCHA, hCaptcha and Turnstile define, for pages and components that call them. It is
   served behind captcha.js, at the addresses of those scripts. A widget's id is a number from 0 on for grecaptcha, else text;
   functions without an id mean the first one. */
(() => {
  'use strict';
  const PATHS = { grecaptcha: '/recaptcha/api.js', hcaptcha: '/1/api.js', turnstile: '/turnstile/v0/api.js' };
  const { src = '' } = document.currentScript || {};
  const API = Object.keys(PATHS).find((name) => src.split('?')[0].endsWith(PATHS[name]));
  const { widgets, render, ready, call } = window.leaveAReplyCaptcha.inside;

  function compatible(api) {
    const ids = [];
    const element = (place) => (typeof place === 'string' ? document.getElementById(place) || document.querySelector(place) : place);
    const named = (id) => {
      if (id === undefined) return ids.find(Boolean) || widgets.values().next().value;
      return ids[Number(id)] || (id instanceof Element || /^[#.]/.test(id) ? widgets.get(element(id)) : undefined);
    };
    return {
      ready: (then) => ready(() => call(then)),
      render(place, options = {}) {
        const widget = render(element(place), { ...options, api });
        if (!ids.includes(widget)) ids.push(widget);
        const id = ids.indexOf(widget);
        return api === 'grecaptcha' ? id : String(id);
      },
      reset: (id) => void named(id)?.reset(),
      remove(id) {
        const widget = named(id);
        if (!widget) return;
        widget.remove();
        delete ids[ids.indexOf(widget)];
      },
      getResponse: (id) => named(id)?.pass || (api === 'turnstile' ? undefined : ''),
      getRespKey: () => '', // hCaptcha's, which its React component reads beside the pass
      setData() {},
      isExpired: (id) => !named(id)?.pass,
      async execute(id, options = {}) {
        const widget = named(id);
        if (!widget) throw new Error('leave-a-reply: there is no such widget');
        const response = await widget.execute();
        return api === 'hcaptcha' && options.async ? { response, key: '' } : response;
      },
    };
  }

  if (API && !window[API]?.render) window[API] = compatible(API);
})();
