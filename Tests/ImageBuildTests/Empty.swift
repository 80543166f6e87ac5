import ImageBuild
