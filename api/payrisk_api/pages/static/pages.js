// What a keyboard and a live form need beyond HTML; without it every page still works.
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// What takes the place of an element is made ready as the page was.
const put = (stale, fresh) => {
  stale.replaceWith(document.adoptNode(fresh));
  ready(fresh);
  document.dispatchEvent(new CustomEvent("swapped", { detail: fresh }));
};
const read = async (answer, id) => new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);

// A form with data-live asks again while one types and swaps the element that it names.
const live = (form) => {
  let timer, asking;
  const swap = async () => {
    const target = document.getElementById(form.dataset.live);
    asking?.abort();
    asking = new AbortController();
    target.classList.add("waiting");
    try {
      const body = new URLSearchParams(new FormData(form));
      const posts = form.dataset.method === "post";
      const answer = await fetch(posts ? form.action : `${form.action}?${body}`, {
        method: posts ? "POST" : "GET", body: posts ? body : undefined,
        headers: { Accept: "text/html" }, signal: asking.signal,
      });
      const fresh = await read(answer, target.id);
      if (!fresh) return target.classList.remove("waiting");
      put(target, fresh);
      if (!posts) history.replaceState(null, "", `${form.action}?${body}`);
    } catch (error) {
      if (error.name !== "AbortError") target.classList.remove("waiting");
    }
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(swap, 250); });
};

// What takes a while is fetched once the page stands.
const late = (element) => {
  fetch(element.dataset.fetch, { headers: { Accept: "text/html" } })
    .then((answer) => read(answer, element.id))
    .then((fresh) => {
      if (fresh && !fresh.dataset.fetch) put(element, fresh);
      // what was refused is a page of its own
      else if (!fresh && element.id === "page-part") location.replace(element.dataset.fetch);
    })
    .catch(() => {});
};

const ready = (root) => {
  const some = (selector) => [...(root.matches?.(selector) ? [root] : []), ...all(selector, root)];
  some("form[data-live]").forEach(live);
  some("[data-fetch]").forEach(late);
  // a choice that is the whole form is sent when it is made
  for (const input of some("[data-sends]")) input.addEventListener("change", () => input.form.requestSubmit());
  for (const button of some("[data-prints]")) { button.hidden = false; button.addEventListener("click", () => print()); }
};
ready(document);

// What is sent says that it is being worked out, until its page comes.
const waits = (is) => one("#working").hidden = !is;
document.addEventListener("submit", (event) => {
  if (event.target.target !== "_blank") setTimeout(() => { waits(true); event.submitter?.classList.add("working"); }, 300);
});
addEventListener("pageshow", () => { waits(false); all(".working").forEach((button) => button.classList.remove("working")); });

// Keys: / searches, j and k walk a list, g and a digit goes to a section, ? says so.
let chord = "";
const rows = () => all("[data-row] a[href]:first-of-type").filter((link) => link.offsetParent);
const walk = (step) => {
  const links = rows();
  const here = links.findIndex((link) => link.closest("[data-row]").contains(document.activeElement));
  links[Math.max(0, Math.min(links.length - 1, here + step))]?.focus();
};
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = {
    "/": () => one("[type=search]")?.focus(), j: () => walk(1), k: () => walk(-1),
    n: () => one("[data-key=n]")?.click(), "?": () => one("#keys")?.showModal(),
  };
  if (chord === "g" && /^[1-9]$/.test(event.key)) all(".nav a")[event.key - 1]?.click();
  else if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  chord = event.key;
});
