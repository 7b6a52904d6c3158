"use strict";
// Draws all figures, light on white, and leaves them as PNG (base64) and CSV, by name, in place of the page.
(async () => {
  document.documentElement.dataset.paper = "";
  document.querySelectorAll("details").forEach((fold) => (fold.open = true));
  await new Promise((resume) => setTimeout(resume, 4000));
  const pictures = {};
  for (const figure of document.querySelectorAll("figure")) {
    const plot = figure.querySelector(".plot");
    await Plotly.relayout(plot, { paper_bgcolor: "#fff" });
    const { width, height } = plot.getBoundingClientRect();
    const picture = await Plotly.toImage(plot, { format: "png", width, height, scale: 3 });
    const [, data] = figure.querySelector("a[download]").href.split(/,(.*)/s);
    pictures[figure.id.replace("figure-", "")] = [picture.split(",")[1], decodeURIComponent(data)];
  }
  const left = document.createElement("pre");
  left.id = "pictures";
  left.textContent = JSON.stringify(pictures);
  document.body.replaceChildren(left);
})();
