// Opens addresses in Chromium and reports, as JSON on stdout, what the browser makes of each.
// node service_page.mjs CHROMIUM ADDRESS …
import { chromium } from "playwright-core";

const [executablePath, ...addresses] = process.argv.slice(2);
const args = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

const browser = await chromium.launch({ executablePath, args });
const report = [];
for (const address of addresses) {
  const told = { requests: [], console: [] };
  const context = await browser.newContext();
  const page = await context.newPage();
  page.on("request", (request) => told.requests.push(request.url()));
  page.on("console", (message) => told.console.push(message.text()));
  page.on("pageerror", (error) => told.console.push(String(error)));
  told.status = (await page.goto(address)).status();
  Object.assign(told, await page.evaluate(() => ({
    title: document.title,
    heading: document.querySelector("h1").innerText,
    words: document.body.innerText,
    rows: [...document.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => cell.innerText)),
    collapsed: getComputedStyle(document.querySelector("table")).borderCollapse,
    sections: document.querySelectorAll("section.course").length,
  })));
  const tree = await context.newCDPSession(page);
  const { nodes } = await tree.send("Accessibility.getFullAXTree");
  told.roles = nodes.filter((node) => !node.ignored).map((node) => [node.role?.value, node.name?.value ?? ""]);
  report.push(told);
  await context.close();
}
await browser.close();
console.log(JSON.stringify(report));
