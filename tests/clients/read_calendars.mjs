// Read calendar files with ical.js and with node-ical, and print what each of them sees, as JSON.
// usage: node read_calendars.mjs FILE…
import fs from "node:fs";
import { Temporal } from "@js-temporal/polyfill";
import ICAL from "ical.js";

// As on a Node that has Temporal of its own. The stand-in that node-ical brings along for older ones overlooks
// Ramadan: two changes of the clocks within five weeks.
globalThis.Temporal = Temporal;
const { default: nodeIcal } = await import("node-ical");

const day = (year, month, day) => [year, month, day].map((part) => String(part).padStart(2, "0")).join("-");

function byIcalJs(file) {
  const calendar = new ICAL.Component(ICAL.parse(fs.readFileSync(file, "utf8")));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(new ICAL.Timezone(zone));
  }
  const written = (time) =>
    time.isDate ? day(time.year, time.month, time.day) : time.toJSDate().toISOString();
  return calendar.getAllSubcomponents("vevent").map((part) => {
    const event = new ICAL.Event(part);
    return {
      uid: event.uid,
      sequence: event.sequence,
      start: written(event.startDate),
      end: written(event.endDate),
      status: part.getFirstPropertyValue("status"),
      title: event.summary,
      text: event.description,
    };
  });
}

function byNodeIcal(file) {
  const written = (time) =>
    time.dateOnly ? day(time.getFullYear(), time.getMonth() + 1, time.getDate()) : time.toISOString();
  return Object.values(nodeIcal.sync.parseFile(file))
    .filter((part) => part.type === "VEVENT")
    .map((event) => ({
      uid: event.uid,
      sequence: Number(event.sequence),
      start: written(event.start),
      end: written(event.end),
      status: event.status,
      title: event.summary,
      text: event.description ?? null,
    }));
}

const seen = {};
for (const file of process.argv.slice(2)) {
  seen[file] = { "ical.js": byIcalJs(file), "node-ical": byNodeIcal(file) };
}
console.log(JSON.stringify(seen));
