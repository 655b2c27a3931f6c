import { render } from "preact";
import { language } from "./text/words";
import { App } from "./view/app";
import "./style.css";

document.documentElement.lang = language;
const place = document.getElementById("page");
if (place) render(<App />, place);
