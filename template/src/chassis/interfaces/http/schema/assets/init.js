SwaggerUIBundle({
  domNode: document.getElementById("schema"),
  url: document.getElementById("schema").dataset.url,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  // The default asks a server elsewhere whether the schema is valid.
  validatorUrl: null,
});
