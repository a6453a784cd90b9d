/* Leave a Reply, admin: actions without a jump, forms in place, select all, a count of what is selected, live numbers,
   and keys.
   Everything works without it. */
(() => {
  const main = document.getElementById("main");
  if (!document.getElementById("keys")) return;

  const REFRESH = 60_000; // ms between two looks at the numbers
  const items = () => [...main.querySelectorAll("#list .item")];
  const boxes = () => [...main.querySelectorAll("#list .pick input")];

  /* Storage may be forbidden; then nothing is remembered. */
  let local = null, session = null;
  try { local = localStorage; session = sessionStorage; } catch { /* see above */ }

  function recount() {
    const all = document.getElementById("all");
    if (!all) return;
    const chosen = document.getElementById("chosen");
    const number = boxes().filter((box) => box.checked).length;
    all.checked = number > 0 && number === boxes().length;
    all.indeterminate = number > 0 && number < boxes().length;
    chosen.textContent = number ? chosen.dataset.some.replace("%s", number) : chosen.dataset.none;
    const everything = document.getElementById("everything")?.checked;
    for (const button of document.querySelectorAll("#bulk button")) button.disabled = !number && !everything;
  }

  function prepare() {
    const all = document.getElementById("all");
    if (all) all.closest("label").hidden = false;
    recount();
    for (const time of main.querySelectorAll("time")) {
      time.title = new Date(time.dateTime).toLocaleString(document.documentElement.lang);
    }
    const toggle = document.getElementById("keys-on");
    document.getElementById("keys").hidden = false;
    toggle.checked = local?.getItem("lar-keys") !== "off";
    document.getElementById("keys").classList.toggle("off", !toggle.checked);
  }

  main.addEventListener("change", ({ target }) => {
    if (target.id === "all") for (const box of boxes()) box.checked = target.checked;
    if (target.id === "all" || target.id === "everything" || target.closest(".pick")) recount();
    if (target.id === "keys-on") {
      local?.setItem("lar-keys", target.checked ? "on" : "off");
      document.getElementById("keys").classList.toggle("off", !target.checked);
    }
  });
  addEventListener("pageshow", recount);

  const here = () => items().indexOf(document.activeElement?.closest?.(".item"));
  const go = (position) => {
    const all = items();
    const item = all[Math.max(0, Math.min(position, all.length - 1))];
    item?.focus({ preventScroll: true });
    item?.scrollIntoView({ block: "nearest" });
  };

  /* The page that an action leads to takes the place of this one, where the reader is. What was selected stays so. */
  function show(page, position) {
    const selected = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
    const open = [...main.querySelectorAll("#list .place")].map((form) => [form.closest(".item").id, form]);
    const height = () => items()[position]?.getBoundingClientRect().top ?? -scrollY;
    const before = height();
    main.replaceChildren(...page.getElementById("main").childNodes);
    document.title = page.title;
    for (const box of boxes()) box.checked = selected.has(box.value);
    for (const [id, form] of open) document.getElementById(id)?.querySelector(".acts").after(form); // what is being typed stays
    prepare();
    scrollBy({ top: height() - before, behavior: "instant" });
    if (position >= 0) go(position);
  }

  const read = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

  /* Edit and Reply open the form of the comment's own page below the comment. */
  async function open(link) {
    const kind = link.matches(".act-edit") ? ".act-edit" : ".act-reply";
    const item = link.closest(".item"), url = new URL(link.href);
    item.querySelector(".place")?.remove();
    try {
      const answer = await fetch(url);
      const form = (await read(answer)).getElementById(url.hash.slice(1));
      if (!answer.ok || !form) throw new Error("another page");
      form.removeAttribute("id");
      form.classList.remove("card");
      form.dataset.kind = kind;
      const cancel = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: item.parentElement.dataset.cancel });
      cancel.addEventListener("click", () => close(form));
      form.querySelector(".submit").append(" ", cancel);
      item.querySelector(".acts").after(form);
      const text = form.querySelector("textarea");
      text.rows = Math.min(text.rows, Math.max(3, text.value.length / 60));
      text.focus();
      return form;
    } catch {
      location.href = link.href;
      return null;
    }
  }

  /* What was typed when a login had run out, or the network was away, is there again once its comment is. */
  const DRAFT = "lar-draft";

  function keep(form) {
    const fields = [...new FormData(form)];
    session?.setItem(DRAFT, JSON.stringify({ item: form.closest(".item").id, kind: form.dataset.kind, fields }));
  }

  async function bringBack() {
    const draft = JSON.parse(session?.getItem(DRAFT) ?? "null");
    const link = draft && document.getElementById(draft.item)?.querySelector(draft.kind);
    if (!link) return;
    session.removeItem(DRAFT);
    const form = await open(link);
    for (const [name, value] of form ? draft.fields : []) {
      const field = form.elements[name];
      if (field?.matches?.("textarea, input:not([type=hidden])")) field.value = value;
    }
  }

  function close(form) {
    const item = form.closest(".item");
    form.remove();
    item.focus({ preventScroll: true });
  }

  main.addEventListener("click", (event) => {
    const link = event.target.closest?.("#list .act-edit, #list .act-reply");
    if (event.target.closest?.("#keys-help")) document.getElementById("help").showModal();
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(link);
  });
  main.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("#list .place");
    if (form && event.key === "Escape") close(form);
  });

  let busy = false;
  main.addEventListener("submit", async (event) => {
    const form = event.target, button = event.submitter;
    if (form.method !== "post" || form.matches(".away") || !document.getElementById("list")) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    const position = form.id === "bulk" ? -1 : items().indexOf(form.closest(".item"));
    const fields = new URLSearchParams(new FormData(form, button));
    let page = null, login;
    try {
      const target = form.getAttribute("action"); // form.action is the button of that name
      // keepalive: a decision is not lost when the moderator leaves the page at once.
      const answer = await fetch(target, { method: "POST", body: fields, keepalive: true });
      login = answer.url;
      page = await read(answer);
      if (!answer.ok || !page.getElementById("keys")) throw new Error("another page");
      history.replaceState(history.state, "", answer.url);
      if (form.matches(".place")) form.remove();
      show(page, position);
    } catch {
      /* Offline, logged out or refused: the browser asks again, and shows what it gets. */
      if (form.matches(".place") && page?.querySelector("[name=password]")) {
        keep(form);
        location.href = login;
        return;
      }
      if (form.matches(".place") && !page) keep(form);
      if (button?.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }));
      form.submit();
    } finally {
      busy = false;
    }
  });

  /* The numbers stay up to date while the page is seen. The list itself never moves under a hand. */
  setInterval(async () => {
    if (document.hidden || busy) return;
    try {
      const answer = await fetch(location.href);
      const page = await read(answer);
      const tabs = page.querySelector(".tabs");
      if (!answer.ok || !tabs || busy) return;
      main.querySelector(".tabs")?.replaceWith(tabs);
      document.title = page.title;
    } catch { /* the next look may succeed */ }
  }, REFRESH);

  const press = (selector) => items()[here()]?.querySelector(selector)?.click();
  const does = {
    j: () => go(here() + 1),
    k: () => go(here() < 0 ? 0 : here() - 1),
    x: () => items()[here()]?.querySelector(".pick input").click(),
    a: () => press(".act-approve, .act-keep"),
    h: () => press(".act-pending"),
    s: () => press(".act-spam"),
    t: () => press(".act-trash"),
    r: () => press(".act-restore"),
    u: () => document.querySelector(".done button[value=undo]")?.click(),
    "/": () => document.getElementById("q")?.focus(),
    e: () => press(".act-edit"),
    y: () => press(".act-reply"),
    m: () => press(".act-more"),
    "?": () => document.getElementById("help").showModal(),
  };

  /* Keys of one letter get in the way of speech input, so that they can be turned off (WCAG 2.1.4). */
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
    const off = !document.getElementById("keys-on")?.checked;
    if (off || typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat && !/^[jk]$/.test(event.key)) return;
    const act = does[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });

  prepare();
  bringBack();
})();
