"""The lab: a page in the browser in which chemistry learns, served to this machine (extra ``lab``)."""
