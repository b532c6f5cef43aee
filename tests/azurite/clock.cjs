// Loaded into the emulator before anything of its own: requests that carry a time set its clock, which then stands still, so that tests of delays need not wait.
const http = require("http");

const RealDate = Date;
let time;

globalThis.Date = class Date extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(Date.now());
    else super(...parts);
  }

  static now() {
    return time ?? RealDate.now();
  }
};

const emit = http.Server.prototype.emit;
http.Server.prototype.emit = function (event, request, ...rest) {
  const told = event === "request" ? request.headers["x-test-time"] : undefined;
  if (told) time = Number(told);
  return emit.call(this, event, request, ...rest);
};
