STATIC = -Xswiftc -static-executable
build:
	swift build -c release --product swrun $(STATIC)
