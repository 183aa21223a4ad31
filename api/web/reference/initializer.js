// Shows the OpenAPI document of this origin; nothing is loaded from another one.
const reference = document.getElementById("reference");
SwaggerUIBundle({ url: reference.dataset.url, domNode: reference, deepLinking: true, validatorUrl: null });
