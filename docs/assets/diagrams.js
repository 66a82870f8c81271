// Zensical would fetch Mermaid from elsewhere. This stands in for it, and loads
// the copy beside this file once a page has a diagram.
{
  const source = new URL("mermaid.tiny.js", document.currentScript.src);
  let loading;

  const load = () =>
    (loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = source;
      script.onload = () => resolve(window.mermaid);
      script.onerror = reject;
      document.head.append(script);
    }));

  let settings;
  window.mermaid = {
    initialize: (given) => {
      settings = given;
    },
    render: async (...diagram) => {
      const mermaid = await load();
      mermaid.initialize(settings);
      return mermaid.render(...diagram);
    },
  };
}
