// Prints FOLDER/page.html to FOLDER/page.pdf on Letter, and takes pictures of it as JSON names them.
// node page_pictures.mjs CHROMIUM FOLDER '{"phone": {"width": 375, "height": 1000, "from": "body"}}'
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, folder, wanted] = process.argv.slice(2);
const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args });
for (const [name, { width, height, from }] of Object.entries(JSON.parse(wanted))) {
  const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: 2 });
  await page.goto(pathToFileURL(join(folder, "page.html")).href);
  const y = await page.evaluate((css) => document.querySelector(css).getBoundingClientRect().top, from);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, clip: { x: 0, y: Math.max(0, y - 20), width, height } });
}
const page = await browser.newPage();
await page.goto(pathToFileURL(join(folder, "page.html")).href);
await page.pdf({ path: join(folder, "page.pdf"), format: "Letter", printBackground: true });
await browser.close();
