import { signal } from "@preact/signals";
import { notice } from "../room/notice";
import { entered } from "../room/visit";
import { Announcer } from "./announcer";
import { Dock } from "./dock";
import { Door } from "./door";
import { Header } from "./header";
import { Settings } from "./settings";
import { Transcript } from "./transcript";

export const settingsOpen = signal(false);

/** The whole page: the door until the person is in, then the conversation. */
export function App() {
  if (!entered.value) return <Door />;
  return (
    <div class="room">
      <Header onSettings={() => (settingsOpen.value = true)} />
      <Transcript />
      <div class="notice" role="status">
        {notice.value && <span>{notice.value}</span>}
      </div>
      <Dock />
      <Announcer />
      <Settings open={settingsOpen.value} onClose={() => (settingsOpen.value = false)} />
    </div>
  );
}
