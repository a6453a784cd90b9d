/* Leave a Reply, admin: select all, a count of what is selected, and keys. Everything works without it. */
(() => {
  const list = document.getElementById("list");
  const keys = document.getElementById("keys");
  if (!keys) return;

  const items = list ? [...list.querySelectorAll(".item")] : [];
  const boxes = list ? [...list.querySelectorAll(".pick input")] : [];
  const all = document.getElementById("all");
  const chosen = document.getElementById("chosen");

  /* Storage may be forbidden; then nothing is remembered. */
  const store = (area) => {
    try { return window[area]; } catch { return null; }
  };
  const session = store("sessionStorage");
  const local = store("localStorage");

  function recount() {
    const number = boxes.filter((box) => box.checked).length;
    all.checked = number > 0 && number === boxes.length;
    all.indeterminate = number > 0 && number < boxes.length;
    chosen.textContent = number ? chosen.dataset.some.replace("%s", number) : chosen.dataset.none;
    for (const button of document.querySelectorAll("#bulk button")) button.disabled = !number;
  }

  if (all) {
    all.closest("label").hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      recount();
    });
    for (const box of boxes) box.addEventListener("change", recount);
    addEventListener("pageshow", recount);
    recount();
  }

  for (const time of document.querySelectorAll("time")) {
    time.title = new Date(time.dateTime).toLocaleString(document.documentElement.lang);
  }

  /* Keys of one letter get in the way of speech input, so that they can be turned off (WCAG 2.1.4). */
  const toggle = document.getElementById("keys-on");
  keys.hidden = false;
  toggle.checked = local?.getItem("lar-keys") !== "off";
  keys.classList.toggle("off", !toggle.checked);
  toggle.addEventListener("change", () => {
    local?.setItem("lar-keys", toggle.checked ? "on" : "off");
    keys.classList.toggle("off", !toggle.checked);
  });

  const here = () => items.indexOf(document.activeElement?.closest?.(".item"));
  const go = (position) => {
    const item = items[Math.max(0, Math.min(position, items.length - 1))];
    item?.focus({ preventScroll: true });
    item?.scrollIntoView({ block: "nearest" });
  };
  const press = (selector) => {
    const button = items[here()]?.querySelector(selector);
    if (!button) return;
    session?.setItem("lar-place", here());
    button.click();
  };
  const does = {
    j: () => go(here() + 1),
    k: () => go(here() < 0 ? 0 : here() - 1),
    x: () => items[here()]?.querySelector(".pick input").click(),
    a: () => press(".act-approve"),
    s: () => press(".act-spam"),
    t: () => press(".act-trash"),
    r: () => press(".act-restore"),
    u: () => document.querySelector(".done button[value=undo]")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (!toggle.checked || typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat && !/^[jk]$/.test(event.key)) return;
    const act = does[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });

  /* After a key has moved a comment away, go on with the one that took its place. */
  const place = session?.getItem("lar-place");
  if (place) {
    session.removeItem("lar-place");
    go(Number(place));
  }
})();
