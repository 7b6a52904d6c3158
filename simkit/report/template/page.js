"use strict";
(() => {
  const figures = [...document.querySelectorAll("figure")].map((node) => ({
    node,
    plot: node.querySelector(".plot"),
    spec: JSON.parse(node.querySelector("script").textContent),
  }));
  const config = { displayModeBar: false, scrollZoom: false };
  const touch = matchMedia("(pointer: coarse)").matches;

  // Colours are written as var(--name): plotly wants their values.
  const coloured = (value, css) => {
    if (typeof value === "string") {
      return value.startsWith("var(") ? css.getPropertyValue(value.slice(4, -1)).trim() : value;
    }
    if (Array.isArray(value)) return value.map((item) => coloured(item, css));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coloured(item, css)]));
    }
    return value;
  };

  const draw = (figure, width) => {
    const css = getComputedStyle(document.documentElement);
    const { data, layout } = coloured(figure.spec, css);
    layout.font.family = getComputedStyle(document.body).fontFamily;
    layout.hoverlabel.bgcolor = css.getPropertyValue("--surface").trim();
    layout.hoverlabel.bordercolor = css.getPropertyValue("--line").trim();
    layout.hoverlabel.font.color = css.getPropertyValue("--ink").trim();
    layout.dragmode = touch ? false : "zoom";
    figure.width = layout.width = width || figure.plot.clientWidth;
    return Plotly.react(figure.plot, data, layout, config);
  };
  const drawWhole = () => figures.filter((figure) => figure.plot.clientWidth).forEach((figure) => draw(figure));

  // Draws each figure once it has a width (a closed fold has none) and whenever that changes.
  const watch = new ResizeObserver((entries) =>
    entries.filter((entry) => entry.contentRect.width).forEach((entry) => {
      const figure = figures.find((candidate) => candidate.plot === entry.target);
      if (figure.width !== entry.contentRect.width) draw(figure);
    }),
  );
  figures.forEach((figure) => watch.observe(figure.plot));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawWhole);

  // On paper: light, everything unfolded, as wide as the sheet.
  const sheet = 690;
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach((fold) => (fold.open = true));
    document.documentElement.dataset.paper = "";
    figures.forEach((figure) => draw(figure, figure.node.closest(".row") ? sheet / 2 - 12 : sheet));
  });
  addEventListener("afterprint", () => {
    folded.forEach((fold) => (fold.open = false));
    delete document.documentElement.dataset.paper;
    drawWhole();
  });

  document.querySelectorAll("button[data-picture]").forEach((button) =>
    button.addEventListener("click", () => {
      const plot = button.closest("figure").querySelector(".plot");
      const { width, height } = plot.getBoundingClientRect();
      Plotly.downloadImage(plot, { format: button.dataset.picture, filename: button.dataset.name, width, height });
    }),
  );
})();
