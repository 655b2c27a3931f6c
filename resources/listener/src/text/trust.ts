/** How a device comes to trust the room's certificate, by its system. */

import { language } from "./words";

export type System = "iPhone" | "Android" | "Mac" | "Windows" | "Linux";

const ENGLISH: Record<System, readonly string[]> = {
  iPhone: [
    "In Safari, open the link below and allow the download.",
    "In Settings, General, VPN & Device Management, install the downloaded profile.",
    "In Settings, General, About, Certificate Trust Settings, switch Aloud on.",
    "Open this page again.",
  ],
  Android: [
    "Download the certificate with the link below.",
    "In Settings, Security, Encryption & credentials, Install a certificate, choose CA certificate.",
    "Choose the downloaded file, then open this page again.",
  ],
  Mac: [
    "Download the certificate with the link below and open it: it goes into the login keychain.",
    "In Keychain Access open it and choose Trust, Always Trust.",
    "Open this page again.",
  ],
  Windows: [
    "Download the certificate with the link below and open it.",
    "Install Certificate, Current User, Trusted Root Certification Authorities.",
    "Open this page again.",
  ],
  Linux: [
    "Download the certificate with the link below.",
    "In the browser's settings, under Certificates, Authorities, import it and trust it for websites.",
    "Open this page again.",
  ],
};

const FRENCH: Record<System, readonly string[]> = {
  iPhone: [
    "Dans Safari, ouvrez le lien ci-dessous et autorisez le téléchargement.",
    "Dans Réglages, Général, VPN et gestion de l’appareil, installez le profil téléchargé.",
    "Dans Réglages, Général, Informations, Réglages des certificats, activez Aloud.",
    "Rouvrez cette page.",
  ],
  Android: [
    "Téléchargez le certificat avec le lien ci-dessous.",
    "Dans Paramètres, Sécurité, Chiffrement et identifiants, Installer un certificat, choisissez Certificat CA.",
    "Choisissez le fichier téléchargé, puis rouvrez cette page.",
  ],
  Mac: [
    "Téléchargez le certificat avec le lien ci-dessous et ouvrez-le : il va dans le trousseau de session.",
    "Dans Trousseaux d’accès, ouvrez-le et choisissez Se fier, Toujours approuver.",
    "Rouvrez cette page.",
  ],
  Windows: [
    "Téléchargez le certificat avec le lien ci-dessous et ouvrez-le.",
    "Installer un certificat, Utilisateur actuel, Autorités de certification racines de confiance.",
    "Rouvrez cette page.",
  ],
  Linux: [
    "Téléchargez le certificat avec le lien ci-dessous.",
    "Dans les réglages du navigateur, sous Certificats, Autorités, importez-le pour les sites web.",
    "Rouvrez cette page.",
  ],
};

/** What this device runs, as far as its browser tells; an iPad calls itself a Mac, but can be touched. */
export function systemOf(userAgent: string, touchPoints: number): System {
  if (/iPhone|iPad|iPod/.test(userAgent)) return "iPhone";
  if (/Android/.test(userAgent)) return "Android";
  if (/Mac OS X/.test(userAgent)) return touchPoints > 1 ? "iPhone" : "Mac";
  return /Windows/.test(userAgent) ? "Windows" : "Linux";
}

/** The steps for `system`, in the page's language. */
export function trustSteps(system: System): readonly string[] {
  return (language === "fr" ? FRENCH : ENGLISH)[system];
}
