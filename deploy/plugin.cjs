module.exports = require('./plugin.ts').Portcullis
