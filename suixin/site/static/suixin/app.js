/* The site's own script: draws charts and maps, nothing else. Pages work without it, tables stand behind every drawing.

   [data-chart]  element to draw in; data-src answers the JSON of Chart.as_json (site/shell/components.py)
   <body>        data-echarts, data-maplibre, data-maplibre-css, data-maplibre-worker: addresses of the libraries,
                 loaded only when a page has something to draw */

const libraries = new Map();
const body = document.body;
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const english = document.documentElement.lang === "en";
const words = english
  ? { failed: "The chart could not be drawn; the table below has the data.", none: "No data" }
  : { failed: "图表未能绘制，数据请看下方表格。", none: "无数据" };

function library(address) {
  if (!libraries.has(address)) {
    libraries.set(address, new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = resolve;
      script.onerror = () => reject(new Error(`cannot load ${address}`));
      document.head.append(script);
    }));
  }
  return libraries.get(address);
}

async function json(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer.json();
}

/* at most three figures after the point, four figures in all where that suffices */
const round = (value) => Number(Number(value).toPrecision(Math.abs(value) >= 1000 ? 12 : 4));
const scaled = (value, by, mark) => `${Number((value / by).toPrecision(4))}${mark}`;
const shortNumber = (value) => {
  const size = Math.abs(value);
  if (english) return size >= 1e6 ? scaled(value, 1e6, "M") : size >= 1e4 ? scaled(value, 1e3, "k") : String(round(value));
  return size >= 1e8 ? scaled(value, 1e8, "亿") : size >= 1e4 ? scaled(value, 1e4, "万") : String(round(value));
};
const longNumber = (value) => (value === null || value === undefined || Number.isNaN(value) ? words.none : value.toLocaleString("en-US"));
const colours = () => [1, 2, 3, 4, 5, 6, 7, 8].map((n) => token(`--chart-${n}`));

/* rich text, not HTML: the content security policy forbids style attributes */
function tooltip() {
  return { renderMode: "richText", confine: true, backgroundColor: "#ffffff", borderColor: token("--line-strong"), borderWidth: 1, padding: 10,
    textStyle: { color: token("--ink"), fontFamily: token("--font"), fontSize: 13 } };
}

/* points of a long line that are shown at first; a slider reaches the rest */
const WINDOW = 120;

function axes(data) {
  const many = data.series.length > 1;
  const isLong = data.kind === "line" && data.labels.length > WINDOW * 1.5;
  const symbols = ["circle", "rect", "triangle", "diamond", "pin", "arrow"];
  return {
    color: colours(), textStyle: { fontFamily: token("--font") },
    grid: { left: 8, right: 36, top: many ? 44 : 32, bottom: isLong ? 44 : 8, containLabel: true },
    dataZoom: isLong ? [{ type: "slider", startValue: data.labels.length - WINDOW, endValue: data.labels.length - 1, height: 24, bottom: 4, brushSelect: false,
      borderColor: token("--line"), fillerColor: "rgba(23, 96, 159, .12)", textStyle: { color: token("--ink-3"), fontSize: 11 } }] : undefined,
    tooltip: { ...tooltip(), trigger: "axis", valueFormatter: (value) => `${longNumber(value)} ${data.unit}` },
    legend: many ? { top: 0, left: 0, type: "scroll", icon: "roundRect" } : undefined,
    xAxis: { type: "category", data: data.labels, boundaryGap: data.kind === "bar", axisLabel: { color: token("--ink-2"), hideOverlap: true },
      axisLine: { lineStyle: { color: token("--line-strong") } }, axisTick: { show: false } },
    yAxis: { type: "value", name: many ? "" : data.unit, nameTextStyle: { color: token("--ink-3"), align: "left" }, nameGap: 14,
      axisLabel: { color: token("--ink-2"), formatter: shortNumber }, splitLine: { lineStyle: { color: token("--line") } } },
    series: data.series.map((one, index) => ({
      name: one.name, type: data.kind, data: one.values, connectNulls: false, showSymbol: data.labels.length < 40 && !(many && data.labels.length > 30), symbolSize: 6,
      symbol: symbols[index % symbols.length], lineStyle: { width: isLong ? 1.6 : 2.2, type: ["solid", "dashed", "dotted"][index % 3] },
      areaStyle: data.kind === "line" && !many ? { opacity: .1 } : undefined, barMaxWidth: 42, sampling: "lttb", large: true,
    })),
  };
}

async function districts(data, echarts) {
  const regions = await json(data.regions);
  const codeOf = (feature) => String(feature.properties.code ?? feature.properties.adcode ?? "");
  for (const feature of regions.features) feature.properties.name = codeOf(feature);
  echarts.registerMap(data.regions, regions);
  const names = new Map(data.codes.map((code, index) => [code, data.labels[index]]));
  const values = data.codes.map((code, index) => ({ name: code, value: data.series[0].values[index] }));
  const numbers = values.map((one) => one.value).filter((value) => value !== null);
  const low = numbers.length ? Math.min(...numbers) : 0;
  const high = numbers.length ? Math.max(...numbers) : 1;
  return {
    textStyle: { fontFamily: token("--font") },
    tooltip: { ...tooltip(), trigger: "item", formatter: (point) => `${names.get(point.name) ?? point.name}\n${longNumber(point.value)} ${data.unit}` },
    visualMap: { min: low, max: high > low ? high : low + 1, left: 0, bottom: 0, itemWidth: 12, itemHeight: 90, text: [shortNumber(round(high)), shortNumber(round(low))],
      textStyle: { color: token("--ink-2") }, inRange: { color: ["#eaf3fa", "#c5def0", "#95c2e3", "#66a5d4"] } },
    series: [{ type: "map", map: data.regions, data: values, roam: false, aspectScale: .85, layoutCenter: ["52%", "50%"], layoutSize: "96%", selectedMode: false,
      itemStyle: { borderColor: "#ffffff", borderWidth: 1.5, areaColor: "#eceff2" },
      emphasis: { itemStyle: { areaColor: "#f0a04b" }, label: { color: "#1a2733" } },
      label: { show: true, color: "#0f2233", fontSize: 13, lineHeight: 18, fontWeight: 600, textBorderColor: "rgba(255, 255, 255, .8)", textBorderWidth: 3,
        formatter: (point) => `${names.get(point.name) ?? ""}\n${Number.isNaN(point.value) ? "" : shortNumber(point.value)}` } }],
  };
}

async function drawChart(element, data) {
  await library(body.dataset.echarts);
  const echarts = globalThis.echarts;
  const option = data.kind === "districts" ? await districts(data, echarts) : axes(data);
  element.replaceChildren();
  const chart = echarts.init(element, null, { renderer: "canvas" });
  chart.setOption({ animation: false, ...option });
  new ResizeObserver(() => chart.resize()).observe(element);
}

function boundsOf(collection) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (part) => {
    if (typeof part?.[0] === "number") {
      box[0] = Math.min(box[0], part[0]); box[1] = Math.min(box[1], part[1]);
      box[2] = Math.max(box[2], part[0]); box[3] = Math.max(box[3], part[1]);
    } else if (Array.isArray(part)) part.forEach(walk);
  };
  for (const feature of collection.features) {
    if (feature.geometry?.type === "GeometryCollection") feature.geometry.geometries.forEach((one) => walk(one.coordinates));
    else walk(feature.geometry?.coordinates);
  }
  return [[box[0], box[1]], [box[2], box[3]]];
}

function shapeLayers(map) {
  const blue = token("--blue-600");
  map.addLayer({ id: "areas", type: "fill", source: "shapes", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": blue, "fill-opacity": .18 } });
  map.addLayer({ id: "lines", type: "line", source: "shapes", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": blue, "line-width": 1.8 } });
  map.addLayer({ id: "points", type: "circle", source: "shapes", filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-color": token("--chart-2"), "circle-radius": 6, "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5 } });
}

async function drawShapes(element, address) {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = body.dataset.maplibreCss;
  document.head.append(style);
  const [shapes] = await Promise.all([json(address), library(body.dataset.maplibre)]);
  const { maplibregl } = globalThis;
  maplibregl.setWorkerUrl(body.dataset.maplibreWorker);
  const outline = element.dataset.regions ? await json(element.dataset.regions) : { type: "FeatureCollection", features: [] };
  element.replaceChildren();
  const map = new maplibregl.Map({
    container: element, attributionControl: false, cooperativeGestures: false, scrollZoom: false,
    bounds: boundsOf(shapes.features.length ? shapes : outline), fitBoundsOptions: { padding: 36, maxZoom: 13 },
    style: { version: 8, sources: { shapes: { type: "geojson", data: shapes }, outline: { type: "geojson", data: outline } },
      layers: [{ id: "ground", type: "background", paint: { "background-color": token("--ground") } },
        { id: "city", type: "fill", source: "outline", paint: { "fill-color": "#ffffff" } },
        { id: "city-line", type: "line", source: "outline", paint: { "line-color": token("--line-strong"), "line-width": 1 } }] },
  });
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
  map.on("load", () => shapeLayers(map));
}

async function draw(element) {
  element.removeAttribute("data-chart");
  try {
    if (element.dataset.kind === "shapes") await drawShapes(element, element.dataset.src);
    else await drawChart(element, await json(element.dataset.src));
    element.dataset.drawn = "yes";
  } catch (error) {
    console.warn(error);
    const note = document.createElement("p");
    note.className = "chart-wait";
    note.textContent = words.failed;
    element.replaceChildren(note);
    element.closest("figure")?.querySelector("details")?.setAttribute("open", "");
    element.dataset.drawn = "failed";
  }
}

/* at once, not when scrolled to: prints and pictures of the whole page have every drawing */
function drawAll(root) {
  root.querySelectorAll("[data-chart]").forEach(draw);
}

function foldFilters() {
  if (globalThis.matchMedia("(max-width: 61.99rem)").matches) document.querySelectorAll(".filters details[data-fold]").forEach((one) => one.removeAttribute("open"));
}

function selectCode(event) {
  const button = event.target.closest("[data-copy]");
  const source = button && document.getElementById(button.dataset.copy);
  if (!source) return;
  navigator.clipboard?.writeText(source.textContent.trim());
  const before = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = before; }, 1500);
}

/* percent of an upload; what comes back is not counted */
function showUpload(event) {
  const box = event.target.querySelector?.("[data-upload]");
  const { lengthComputable, loaded, total } = event.detail;
  if (!box || !lengthComputable || box.dataset.done) return;
  const percent = Math.min(100, Math.round((loaded / total) * 100));
  box.querySelector("progress").value = percent;
  const text = percent < 100 ? `${box.dataset.sending} ${percent - (percent % 5)}%` : box.dataset.sent;
  const status = box.querySelector("[role=status]");
  if (status.textContent !== text) status.textContent = text;
  if (percent === 100) box.dataset.done = "yes";
}

/* on narrow windows the console's menu is one line: show where one is */
function showPlace() {
  const here = document.querySelector(".console-menu [aria-current]");
  const line = here?.closest(".console-menu");
  if (line && line.scrollWidth > line.clientWidth) line.scrollLeft = here.offsetLeft - line.offsetLeft - 16;
}

foldFilters();
showPlace();
drawAll(document);
document.addEventListener("htmx:xhr:progress", showUpload);
document.addEventListener("click", selectCode);
document.addEventListener("htmx:load", (event) => drawAll(event.target));
/* reveal the copy buttons only where they work */
if (navigator.clipboard) document.querySelectorAll("[data-copy][hidden]").forEach((button) => { button.hidden = false; });

/* tick every row of the page, and say how many are ticked; without this each is ticked by itself */
document.querySelectorAll("[data-check-all]").forEach((line) => {
  const [all, told] = [line.querySelector("input"), line.querySelector("[role=status]")];
  const rows = [...line.closest("form").querySelectorAll("input[name=step]")];
  const count = () => {
    const number = rows.filter((row) => row.checked).length;
    told.textContent = number ? `${told.dataset.checked} ${number}` : "";
    all.checked = number === rows.length;
    all.indeterminate = number > 0 && number < rows.length;
  };
  line.hidden = false;
  all.addEventListener("change", () => { rows.forEach((row) => { row.checked = all.checked; }); count(); });
  rows.forEach((row) => row.addEventListener("change", count));
  count();
});
