// Nothing is called from Swift: linking this is what it is for. See OneThread.c.
