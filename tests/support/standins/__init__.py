"""The stand-in for the outside services: Resend, ClickSend and a calendar host, on one port."""
