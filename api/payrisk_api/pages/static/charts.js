// Draws the chart of each figure by Vega's expression interpreter, in the colours of the page.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const painted = (value) => {
  if (typeof value === "string" && value.startsWith("--")) return colour(value);
  if (Array.isArray(value)) return value.map(painted);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, painted(v)]));
  return value;
};
const draw = (root = document) => {
  for (const figure of root.querySelectorAll("[data-chart]")) {
    const spec = painted(JSON.parse(document.getElementById(figure.dataset.chart).textContent));
    const locale = JSON.parse(figure.dataset.locale || "{}");
    spec.config = { ...spec.config, background: "transparent", font: "system-ui, sans-serif", view: { stroke: null },
      axis: { labelColor: colour("--soft"), titleColor: colour("--soft"), gridColor: colour("--line"), domainColor: colour("--line-strong"), tickColor: colour("--line-strong"), titleFontWeight: 400 },
      legend: { labelColor: colour("--ink"), titleColor: colour("--soft") } };
    window.vegaEmbed(figure, spec, { ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: false, ...locale });
  }
};
draw();
document.addEventListener("swapped", (event) => draw(event.detail));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());
