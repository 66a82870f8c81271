SwaggerUIBundle({
  domNode: document.getElementById("schema"),
  url: document.getElementById("schema").dataset.url,
  deepLinking: true,
  // The default asks a server elsewhere whether the schema is valid.
  validatorUrl: null,
});
