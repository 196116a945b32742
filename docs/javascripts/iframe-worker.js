// Search works from disk: browsers refuse workers there, so a worker's script runs in a hidden frame instead.
if (location.protocol === "file:")
  window.Worker = class {
    constructor(url) {
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.append(this.frame);
      const inside = this.frame.contentWindow;
      inside.importScripts = (...urls) => urls.forEach(one => this.add(inside, new URL(one, url).href));
      inside.postMessage = data => setTimeout(() => this.onmessage?.({data}));
      this.add(inside, url).onload = () => {
        this.ready = true;
        this.waiting.forEach(data => this.postMessage(data));
      };
    }
    add(inside, url) {
      const script = inside.document.createElement("script");
      script.src = url;
      script.onerror = () => this.onerror?.(new Error(url));
      inside.document.body.append(script);
      return script;
    }
    postMessage(data) {
      if (this.ready) this.frame.contentWindow.onmessage?.({data});
      else this.waiting.push(data);
    }
    terminate() {
      this.frame.remove();
    }
  };
