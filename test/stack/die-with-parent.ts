// Preloaded into every process of a local stack: when whoever started it is gone, however it ended, so is this.
process.on("disconnect", () => process.exit(1));
process.channel?.unref();
