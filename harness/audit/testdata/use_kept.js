// Calls keep and use of the addon that is named, each in a turn of its own, and leaves with status 5.
const addon = require(process.argv[2]);
addon.keep();
setImmediate(() => {
  console.log(addon.use());
  process.exitCode = 5;
});
