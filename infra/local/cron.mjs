/** Fires each Worker's schedules, which Miniflare does not. Cron is UTC; days of the week are 1 to 7, Sunday first. */
const FIELDS = [
  { min: 0, max: 59, of: (time) => time.getUTCMinutes() },
  { min: 0, max: 23, of: (time) => time.getUTCHours() },
  { min: 1, max: 31, of: (time) => time.getUTCDate() },
  { min: 1, max: 12, of: (time) => time.getUTCMonth() + 1, names: "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC" },
  { min: 1, max: 7, of: (time) => time.getUTCDay() + 1, names: "SUN MON TUE WED THU FRI SAT" },
];
const MINUTE = 60_000;

/** → a function that stops it. */
export function startCron(product, log) {
  let timer;
  const wait = () => {
    timer = setTimeout(tick, MINUTE - (Date.now() % MINUTE));
  };
  const tick = () => {
    const now = new Date();
    for (const { key, crons } of product.workers) {
      for (const cron of crons.filter((expression) => matches(expression, now))) {
        product.control("/scheduled", { worker: key, cron }).then(
          ({ outcome }) => outcome !== "ok" && log.worker(key, "error", `schedule ${cron}: ${outcome}`),
          (error) => log.worker(key, "error", `schedule ${cron}: ${error.message}`),
        );
      }
    }
    wait();
  };
  wait();
  return () => clearTimeout(timer);
}

/** Whether a cron expression of five fields includes this minute. Knows lists, ranges, steps and names. */
export function matches(expression, time) {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) throw new Error(`"${expression}" is not a cron expression of five fields`);
  return fields.every((text, i) => text.split(",").some((part) => includes(part, FIELDS[i], FIELDS[i].of(time))));
}

function includes(part, field, value) {
  const [range, step = "1"] = part.split("/");
  const number = (text) => {
    const named = field.names?.split(" ").indexOf(text.toUpperCase()) ?? -1;
    return named < 0 ? Number(text) : named + field.min;
  };
  const [from, to = part.includes("/") ? field.max : from] =
    range === "*" ? [field.min, field.max] : range.split("-").map(number);
  return value >= from && value <= to && (value - from) % Number(step) === 0;
}
