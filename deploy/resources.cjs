module.exports = (context) => require('./resources.ts').resources(context)
