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

  // Filters take out parts of a figure's list: what is below moves up, and the figure gets shorter.
  const off = new Set();
  const filtered = (spec) => {
    const all = spec.spans.filter(([, , key]) => off.has(key));
    const gone = all.filter(([low, high], i) =>
      !all.some(([a, b], j) => j !== i && a <= low && high <= b && (b - a > high - low || j < i)),
    );
    if (!gone.length) return spec;
    const moved = (y) => gone.reduce((to, [low, high]) => to - Math.max(0, Math.min(y, high) - low), y);
    const place = (y) => (gone.some(([low, high]) => low <= y && y < high) ? null : moved(y));
    const { data, layout } = structuredClone(spec);
    const axis = layout.yaxis;
    const [bottom, top] = axis.range;
    const margins = layout.margin.t + layout.margin.b;
    data.forEach((trace) => (trace.y = trace.y.map(place)));
    const kept = axis.tickvals.map((y, i) => [place(y), axis.ticktext[i]]).filter(([y]) => y !== null);
    axis.tickvals = kept.map(([y]) => y);
    axis.ticktext = kept.map(([, text]) => text);
    axis.range = [moved(bottom), top];
    layout.annotations = (layout.annotations || [])
      .map((one) => ({ ...one, y: one.yref === "paper" ? one.y : place(one.y) }))
      .filter((one) => one.y !== null);
    layout.height = margins + (layout.height - margins) * (moved(bottom) - top) / (bottom - top);
    return { data, layout };
  };

  const draw = (figure, width) => {
    const css = getComputedStyle(document.documentElement);
    const { data, layout } = coloured(filtered(figure.spec), css);
    figure.plot.style.minHeight = `${layout.height}px`;
    layout.font.family = getComputedStyle(document.body).fontFamily;
    layout.hoverlabel.bgcolor = css.getPropertyValue("--surface").trim();
    layout.hoverlabel.bordercolor = css.getPropertyValue("--line").trim();
    layout.hoverlabel.font.color = css.getPropertyValue("--ink").trim();
    layout.dragmode = touch ? false : "zoom";
    figure.width = layout.width = width || figure.plot.clientWidth;
    // A legend of many lines, as on a phone, must not take its room from the plot: it is measured in a figure
    // that is high enough for a line each, then gets what it needs.
    const { height, margin } = layout;
    const lines = layout.showlegend ? data.filter((trace) => trace.name && trace.showlegend !== false).length : 0;
    if (lines < 2 || (lines < 4 && layout.width > 520)) return Plotly.react(figure.plot, data, layout, config);
    layout.height = height + 25 * lines;
    return Plotly.react(figure.plot, data, layout, config).then(() => {
      const more = Math.max(0, (figure.plot._fullLayout.legend?._height || 0) + 6 - margin.t);
      const grown = { ...layout, height: height + more, margin: { ...margin, t: margin.t + more } };
      figure.plot.style.minHeight = `${grown.height}px`;
      return Plotly.react(figure.plot, data, grown, config);
    });
  };
  const drawWhole = () => figures.filter((figure) => figure.plot.clientWidth).forEach((figure) => draw(figure));

  // Draws each figure once it has a width (a closed fold has none) and whenever that changes; not at once, as
  // drawing changes heights, which are observed too.
  const watch = new ResizeObserver((entries) =>
    entries.filter((entry) => entry.contentRect.width).forEach((entry) => {
      const figure = figures.find((candidate) => candidate.plot === entry.target);
      if (figure.width !== entry.contentRect.width) setTimeout(() => draw(figure));
    }),
  );
  figures.forEach((figure) => watch.observe(figure.plot));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawWhole);

  const filter = () => {
    document.querySelectorAll("[data-key]").forEach((node) => node.classList.toggle("gone", off.has(node.dataset.key)));
    figures.filter((figure) => figure.spec.spans.length && figure.plot.clientWidth).forEach((figure) => draw(figure));
    const count = off.size;
    document.querySelector("#filter").textContent = count ? `Filter (${count} off)` : "Filter";
  };
  const chips = [...document.querySelectorAll("[data-filter]")];
  const press = (chip, on) => {
    chip.setAttribute("aria-pressed", on);
    off[on ? "delete" : "add"](chip.dataset.filter);
  };
  chips.forEach((chip) => chip.addEventListener("click", () => {
    const group = [...chip.parentNode.querySelectorAll("[data-filter]")];
    press(chip, off.has(chip.dataset.filter));
    if (group.every((one) => off.has(one.dataset.filter))) group.forEach((one) => press(one, true));
    filter();
  }));
  document.querySelectorAll("#filters .all").forEach((all) => all.addEventListener("click", () => {
    all.parentNode.querySelectorAll("[data-filter]").forEach((chip) => press(chip, true));
    filter();
  }));
  const toggle = document.querySelector("#filter");
  toggle?.addEventListener("click", () => {
    const panel = document.querySelector("#filters");
    panel.hidden = !panel.hidden;
    toggle.setAttribute("aria-expanded", !panel.hidden);
  });
  document.querySelector("#print").addEventListener("click", () => print());

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

  // A picture stands alone: it carries its title, the scenario and the machine, above what the page shows.
  const lines = (text, most) => text.split(" ").reduce((all, word) => {
    const last = all.at(-1);
    return last && last.length + word.length < most ? [...all.slice(0, -1), `${last} ${word}`] : [...all, word];
  }, []);
  const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const pictured = (node) => {
    const { data, layout } = node.querySelector(".plot");
    const css = getComputedStyle(document.documentElement);
    const title = lines(node.querySelector("h3").textContent, layout.width / 8.5);
    const about = lines(document.body.dataset.about, layout.width / 6);
    const room = 24 + 21 * title.length + 16 * about.length;
    const height = layout.height + room;
    const heading = {
      text: `<b>${title.map(plain).join("<br>")}</b><br><span style="font-size:11px">${about.map(plain).join("<br>")}</span>`,
      x: 0, xref: "container", xanchor: "left", y: 1, yref: "container", yanchor: "top", pad: { l: 8, t: 20 },
      font: { size: 16, color: css.getPropertyValue("--ink").trim() }, automargin: false,
    };
    const whole = {
      ...layout,
      height,
      title: heading,
      margin: { ...layout.margin, t: layout.margin.t + room },
      legend: { ...layout.legend, y: 1 - room / height },
      paper_bgcolor: css.getPropertyValue("--page").trim(),
    };
    return [{ data, layout: whole }, { width: layout.width, height }];
  };
  window.pictured = pictured;

  document.querySelectorAll("button[data-picture]").forEach((button) =>
    button.addEventListener("click", async () => {
      const { picture, name } = button.dataset;
      const [figure, size] = pictured(button.closest("figure"));
      await Plotly.downloadImage(figure, { ...size, format: picture, filename: name, scale: picture === "png" ? 3 : 1 });
    }),
  );
})();
