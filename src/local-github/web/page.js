// Keeps the marked parts of the page as the server has them, and draws the plots. Nothing here is needed to read or act.

const refreshMs = 2000;

async function drawPlots() {
  const blocks = [...document.querySelectorAll("pre.mermaid:not([data-drawn])")];
  if (blocks.length === 0) return;
  if (!window.mermaid) {
    await new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src: "/_local/mermaid.js" });
      script.addEventListener("load", resolve);
      script.addEventListener("error", reject);
      document.head.append(script);
    });
    window.mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
  }
  for (const block of blocks) {
    block.dataset.drawn = "yes";
    const id = `plot-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    try {
      const { svg } = await window.mermaid.render(id, block.textContent ?? "");
      block.innerHTML = svg;
    } catch {
      // What cannot be drawn stays readable as text.
      document.getElementById(`d${id}`)?.remove();
    }
  }
}

function replaceLive(fresh) {
  for (const before of document.querySelectorAll("[data-live]")) {
    const after = fresh.getElementById(before.id);
    if (!after || before.dataset.seen === after.innerHTML) continue;
    if (before.dataset.seen === undefined && before.innerHTML === after.innerHTML) continue;
    const seen = after.innerHTML;
    // What a reader has opened stays open.
    const opened = [...before.querySelectorAll("details")].map((each) => each.open);
    [...after.querySelectorAll("details")].forEach((each, index) => {
      each.open = opened[index] ?? each.open;
    });
    before.replaceWith(after);
    after.dataset.seen = seen;
  }
}

async function refresh() {
  if (document.hidden) return;
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!response.ok) return;
  replaceLive(new DOMParser().parseFromString(await response.text(), "text/html"));
  await drawPlots();
}

for (const part of document.querySelectorAll("[data-live]")) part.dataset.seen = part.innerHTML;
await drawPlots();
setInterval(() => refresh().catch(() => undefined), refreshMs);
