"use strict";
// Draws all figures, light on white, and leaves them as PNG (base64), SVG and CSV, by name, in place of the page.
(async () => {
  document.documentElement.dataset.paper = "";
  document.querySelectorAll("details").forEach((fold) => (fold.open = true));
  await new Promise((resume) => setTimeout(resume, 4000));
  const pictures = {};
  for (const figure of document.querySelectorAll("figure")) {
    const [drawing, size] = pictured(figure);
    const picture = (format, scale) => Plotly.toImage(drawing, { ...size, format, scale, imageDataOnly: true });
    const [png, svg] = [await picture("png", 3), await picture("svg", 1)];
    const [, data] = figure.querySelector("a[download]").href.split(/,(.*)/s);
    pictures[figure.id.replace("figure-", "")] = [png, svg, decodeURIComponent(data)];
  }
  const left = document.createElement("pre");
  left.id = "pictures";
  left.textContent = JSON.stringify(pictures);
  document.body.replaceChildren(left);
})();
